"""A certificate for ten years."""

from complying import certificate

certificate(validity_period_hours=3650 * 24)
