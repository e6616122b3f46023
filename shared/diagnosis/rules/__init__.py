"""Rules that name causes, each module for one kind of evidence: URL, request, time, answer, forms, SDKs, CDNs."""
