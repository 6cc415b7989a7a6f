"""Generators of the reference in ``docs/reference`` and of ``Pulumi.example.yaml``.

Belongs here: one module for each page, which reads models, docstrings, the Makefile or the source.
Does not belong here: the config schemas in ``Pulumi.yaml`` (``tools/reference.py``).
"""
