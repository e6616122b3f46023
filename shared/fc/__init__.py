"""The platform: what it hands in, how it is answered, who calls, and what is written down.

``invocation``: the event and its context. ``credentials``: the function's own role. ``identity``: the caller.
``times`` and ``audit``: what answers and log lines say. ``http``: statuses, CORS, refusals. ``frame``: one
call from event to answer. ``role_sessions`` and ``signers``: what signs URLs.
"""
