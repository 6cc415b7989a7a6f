"""The program applied to a Docker engine without the Pulumi engine: the same resources, made for real, and nothing recorded."""
