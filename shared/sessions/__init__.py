"""Sessions of a role: asked of STS once, kept while they are of use.

``port``: what is asked, and of whom. ``sdk``: the official SDK behind the port, with ``stand_ins`` for what
it imports in vain and ``transport`` for what it sends. ``flight``, ``held`` and ``shares``: one call for
equal requests, how long its answer is of use, how much one caller may ask. ``cache``: all of it together.
"""
