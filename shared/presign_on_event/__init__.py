"""The wing of ``presign_on_event``: what it reads, does and answers."""
