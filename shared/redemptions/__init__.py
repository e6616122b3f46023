"""What has become of tickets: how often each one was used, and whether it was called back.

``port``: what a store can do, and where it is. ``oss``: a store of empty objects. ``redis``: one in Redis
or Tair. ``stores``: the one that a deployment names.
Every answer that a store does not give is ``StoreUnavailable``: nothing is redeemed on a guess.
"""
