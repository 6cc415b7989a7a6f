"""Real programs: make, signals, environments, and other programs' TLS. No Docker, no Pulumi."""
