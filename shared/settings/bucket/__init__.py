"""The bucket of a deployment: what its variables mean together.

``endpoints`` and ``cdn``: where it is reached. ``scopes`` and ``profiles``: which keys and contents are
granted in it. ``settings``: all of it as one value.
"""
