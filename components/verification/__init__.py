"""Verifies a running registry as its clients would, and explains failures.

Requests, their expected responses and the suggested fixes belong here. How the server runs does
not: these modules know neither Docker nor one server's routes.
"""
