"""The Pulumi CLI: found or installed, called, and what it recorded about a stack.

What a stack declares is in ``components.program``.
"""
