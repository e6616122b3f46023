"""The wing of ``sts``: what it reads, does and answers."""
