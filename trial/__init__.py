"""Runs the program against a Docker engine without the Pulumi engine: real resources, no state.

What belongs here: an engine that creates the resources which the program declares, and the
commands behind `make try`. Only ``cli.commands`` calls this package, through ``trial.command``
and ``trial.ca``.
What does not: commands of the Pulumi stack (``cli.commands``) and what a registry is made of
(``components``).
"""
