"""What OSS answers: the refusal found in what was pasted, and what its code, EC and text mean.

``pasted`` finds documents, ``exceptions`` what SDKs say; ``oss_error`` is the refusal read. The ``…codes`` are tables.
"""
