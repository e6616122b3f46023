"""What an object may be, and the request that stores or reads it.

``prefixes`` and ``keys``: where. ``media_types`` and ``content``: which types, sizes and file names.
``requests``: what exactly is signed.
"""
