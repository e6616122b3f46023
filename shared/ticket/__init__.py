"""The wing of ``ticket``: what a ticket in a URL allows, for clients that cannot send headers.

It stands above ``presign`` and ``sts`` and hands on to them. ``opening``: from the path to an opened ticket.
``within``: requests, held to what a ticket allows. ``links``: tickets for one object. ``page``: what
people see. ``credentials``: tickets with a permission. ``companion``: Uppy's protocol, over ``sending``, what
the function sends itself. ``operation``: which of them answers.
"""
