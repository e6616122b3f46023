"""Callers' JWTs, verified by the function itself: for deployments whose trigger lets everybody in.

``policy``: what a deployment takes. ``keys``: key sets of an issuer, read and bounded. ``issuer``: a key set
fetched, kept and renewed. ``tokens``: one JWT, from text to claims. ``verifier``: both for an instance, which
remembers what it has verified. PyJWT and cryptography are a layer of their own, imported with the first one.
"""
