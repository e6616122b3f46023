"""RAM: who there is, and what they may do.

``evaluation`` decides over the policies that ``policies`` reads, ``bucket_policies`` finds those that speak of
somebody; ``identities`` are users, roles and sessions.
"""
