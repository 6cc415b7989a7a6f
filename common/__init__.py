"""The shared kernel: errors, named types, validation of settings, labels, Pulumi's runtime.

The component, the policy pack, the Palette project and the commands use it. It imports none of
them, and nothing of Docker or of a server belongs here.
"""
