"""Journeys that the demo walks, one a module: ``walk`` takes the stack, the files and the report of steps."""
