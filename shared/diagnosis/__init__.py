"""Rules that name why OSS refuses a request; ``shared.diagnose`` puts them in order.

``case``, ``hosts``, ``oss_error`` and ``repairs`` read what was pasted; each ``…_rules`` judges one kind of
evidence.
"""
