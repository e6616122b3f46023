"""The wing of ``presign``: URLs and forms for what the grant scope allows.

``payload``: what a client may ask. ``operation``: decide, sign, answer. ``signers``: with what, for
which host. ``answers``: the documents.
"""
