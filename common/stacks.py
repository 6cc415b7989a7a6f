"""Names of stacks that have a meaning."""

DEVELOPMENT_STACK = "dev"
"""Default stack. Exempt from policies; may use memory storage."""


def ca_file(stack: str) -> str:
    """Return the file to which ``make registration`` writes the CA certificate of a stack."""
    return "ca.crt" if stack == DEVELOPMENT_STACK else f"ca-{stack}.crt"
