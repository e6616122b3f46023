"""The wing of ``presign``: URLs and forms for what the grant scope allows.

``payload``: what a client may ask. ``bodies``: one request, or a batch. ``granting``: decide, sign, say so.
``signers``: with what, for which host. ``callbacks``: what an upload's grant carries. ``answers``: the
documents. ``tickets``: what callers pass on. ``operation``: from an invocation to its answer.
"""
