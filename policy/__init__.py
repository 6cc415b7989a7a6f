"""The policy pack: checks that Pulumi runs on the resources of a preview or an update.

Belongs here: policies, and what they read of resources. It imports only ``common``. Does not
belong here: how the commands select the pack and its configuration (``cli/policy.py``).
"""
