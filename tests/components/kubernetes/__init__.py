"""Tests of registries on Kubernetes."""
