"""STS and OSS on a laptop, which verify signatures, tokens, expiry and policies by their own code."""
