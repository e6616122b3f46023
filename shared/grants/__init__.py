"""The decision: what may be signed, for which keys, with which content.

``operations``: what may be asked for. ``prefixes`` and ``keys``: where. ``content``: which media types, sizes
and file names. ``object_requests``: what exactly is signed. ``decision``: all of it together, as a ``Grant``.
``session_policy``: the same as a policy of RAM, for a session.
"""
