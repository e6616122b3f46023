"""STS: AssumeRole and GetCallerIdentity, their signature, their errors, and faults on request."""
