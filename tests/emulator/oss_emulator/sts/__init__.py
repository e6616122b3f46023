"""STS, version 2015-04-01: AssumeRole and GetCallerIdentity.

``service`` answers, after ``acs3`` has verified the signature. ``errors`` is the table of its refusals, ``faults``
are bad days that a test orders.
"""
