"""The wing of ``sts``: temporary credentials for what the grant scope allows.

``payload``: what a client may ask. ``operation``: decide, ask STS, answer. ``documents``: shapes of answers.
"""
