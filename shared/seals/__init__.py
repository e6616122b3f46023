"""HMAC seals: documents that leave this deployment and come back, unchanged and for one purpose only.

``keys``: the keys of ``SEAL_KEYS``; the first seals, all verify. ``sealing``: ``seal`` and ``unseal``.
"""
