"""Why OSS refuses a request; ``shared.diagnose`` puts the rules in order.

``case`` and ``hosts`` hold what is known, ``report`` shows it; rooms: ``links`` reads the URL, ``answers`` OSS's
refusal, and ``rules`` judge them.
"""
