"""Environment variables, one by one and as models, proved before anything is signed.

``variables``: their names, units and defaults. ``bucket``, ``caller``, ``oidc``, ``signers``, ``completion``,
``on_upload``, ``tickets``: what groups of them mean together. ``functions``: one model a function.
"""
