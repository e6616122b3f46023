"""Benchmarks: ratios in one run, never times. ``python -m tests.benchmarks``."""
