"""The decision: what may be signed, for which keys, with which content.

``operations``: what may be asked for. ``objects``: where, and what an object may be. ``scopes``: these rules
together, by profile. ``decision``: one request judged, as a ``Grant``. ``credentials``, ``session_policy``:
the same for RAM. ``tickets``: grants that are passed on. ``ticket_decision``: those judged.
"""
