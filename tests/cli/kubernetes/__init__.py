"""Tests of the commands for registries on Kubernetes."""
