"""Bundles for air-gapped machines: what is in one, its parts, and its images on the host.

``unpack.py`` runs on the other machine before anything of the project is there, so it uses nothing
but Python. What ``make up`` does there is in the packages next to this one.
"""
