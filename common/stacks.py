"""Names of stacks that have a meaning."""

DEVELOPMENT_STACK = "dev"
"""Default stack. Exempt from policies; may use memory storage."""
