"""RAM: who there is, and what they may do.

``evaluation`` decides over the policies that ``policies`` reads; ``identities`` are users, roles and sessions.
"""
