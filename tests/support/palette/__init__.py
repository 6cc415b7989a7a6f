"""Palette for tests: a stub of its API, and Pulumi stacks that use it.

stub     behavior of the API: registrations, syncs, errors
traffic  requests, responses and injected failures
bodies   form of the request bodies
server   the stub as an HTTP server
stacks   a registry's stack and a Palette stack with the real Pulumi engine
values   outputs of a registry's stack
"""
