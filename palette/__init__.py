"""A Pulumi project that registers a pack registry in Palette.

Belongs here: the settings of a registration, the registration as a resource, and the sync.
Does not belong here: the registry itself, which is another stack. This package uses its outputs.
"""
