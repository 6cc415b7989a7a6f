"""The cluster of a stack as the commands need it: checked, inspected, cleaned up.

The API client and the registry's own objects are in ``components.kubernetes``. What both targets
have in common is in ``cli/hosts.py``.
"""
