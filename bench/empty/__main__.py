"""Declares nothing."""

import pulumi  # noqa: F401 - an empty program imports the SDK and does no more
