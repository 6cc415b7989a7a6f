"""Palette for tests: a stub of its API, and Pulumi stacks that use it.

api_description.yaml  requests and responses of the API, written from Palette's OpenAPI document
description           validation against it
rules                 rules that the document does not contain
stub                  behavior of the API: registrations, syncs, errors
registrations         what the stub stores
traffic               requests, responses and injected failures
server                the stub as an HTTP server
stacks                a registry's stack and a Palette stack with the real Pulumi engine
values                outputs of a registry's stack
"""
