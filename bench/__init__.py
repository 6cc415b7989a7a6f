"""Measurements: side by side, several runs each, medians reported."""
