"""Journeys that the demo walks: each is a function that yields steps, on real files and over real sockets."""
