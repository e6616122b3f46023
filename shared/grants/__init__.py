"""The decision: what may be signed, for which keys, with which content."""
