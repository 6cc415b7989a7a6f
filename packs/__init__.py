"""Packs in an OCI registry: what the commands read, copy and write there."""
