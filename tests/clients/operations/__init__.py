"""Every operation of the emulator as three official SDKs call it, each by itself on a cloud of its own.

A client's module has ``CALLS``: what it does, in order, by the name of the operation; a call returns whether the
answer is what it should be. What a client has no call for stands in ``HAS_NO``.
"""
