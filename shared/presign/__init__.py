"""The wing of ``presign``: what it reads, does and answers."""
