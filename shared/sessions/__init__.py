"""Sessions of a role: the port to STS, the SDK behind it, and the cache before it."""
