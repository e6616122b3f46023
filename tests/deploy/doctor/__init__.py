"""``make doctor``: asks a deployment's endpoints as a client would, and names what is wrong with it.

``causes``: what may be wrong, and the remedy. ``case``: whom to ask, and how. ``functions``, ``storage``: what is asked
of the functions, and of the bucket behind them. ``examination``: the order, and the report.
"""
