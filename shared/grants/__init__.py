"""The decision: what may be signed, for which keys, with which content.

``operations``: what may be asked for. ``prefixes`` and ``keys``: where. ``media_types`` and ``content``:
which types, sizes and file names. ``scopes``: these rules together, by profile. ``object_requests``: what
exactly is signed. ``decision``: one request judged, as a ``Grant``. ``credentials`` and ``session_policy``:
the same for RAM. ``tickets``: grants that are passed on. ``ticket_decision``: those judged.
"""
