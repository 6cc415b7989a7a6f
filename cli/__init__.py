"""The command line behind the Makefile: ``python -m cli --help``.

``commands`` has one module for each command. ``pulumi`` runs the Pulumi CLI, ``docker`` the Docker
engine; both serve the commands and the trial. What the registry consists of is in ``components``.
"""
