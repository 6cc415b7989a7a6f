"""The Pulumi package: the components for programs in every Pulumi language.

`pulumi package add` runs this directory as a plugin. What a registry is belongs to ``components``.
This package holds what only other languages need: the schema, the conversion of inputs, and the
names of settings in messages.
"""
