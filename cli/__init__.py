"""Day-2 commands around the Pulumi program: `python -m cli --help`."""
