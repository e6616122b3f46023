"""The wing of ``presign_on_event``: a download link for each object that an event names.

``records``: what is known of one object. ``events``: every kind of event as records. ``operation``: links.
"""
