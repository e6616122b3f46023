"""Environment variables, one by one and as models, proved before anything is signed.

``variables``: their names, units and defaults. ``reading``: text into checked values. ``endpoints``,
``scopes``, ``profiles``, ``bucket``, ``cdn``, ``caller``, ``signers``, ``completion``, ``tickets``: what
groups of them mean together. ``functions``: one model a function.
"""
