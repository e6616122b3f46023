"""What crosses the wire of OSS.

``v4`` verifies the signature of a request that ``incoming`` decoded; ``errors`` are the documents of refusals,
``facts`` the assumptions where no document settles an answer.
"""
