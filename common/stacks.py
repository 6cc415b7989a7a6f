"""Names of stacks that have a meaning."""

DEVELOPMENT_STACK = "dev"
"""Default stack. Exempt from policies; may use memory storage."""


def ca_file(stack: str) -> str:
    """Return the file to which ``make registration`` writes the CA certificate of a stack.

    :param stack: the name, which may have a prefix that ends in a slash.
    """
    name = stack.rpartition("/")[2]
    return "ca.crt" if name == DEVELOPMENT_STACK else f"ca-{name}.crt"
