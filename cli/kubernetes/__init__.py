"""What the commands can do with a registry on Kubernetes."""
