"""The wing of ``on_upload``: an upload has ended, and OSS asks whether it is what was granted.

``received``: the callback, signed and sealed. ``stored``: the object, as OSS has it. ``verdicts``: the one
held against the other. ``webhook``: the message to the back end. ``operation``: all of it, within 5 seconds.
"""
