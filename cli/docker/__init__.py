"""The Docker host of a stack as the commands need it: installed, asked what it has, cleaned up.

The engine client and the registry's own objects are in ``components.docker``.
"""
