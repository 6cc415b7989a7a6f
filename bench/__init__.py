"""Benchmarks: comparisons that run side by side, several times each, and report medians.

What belongs here: what `make bench` measures and how it reports it. What does not: checks that pass
or fail, which are tests (``tests``).
"""
