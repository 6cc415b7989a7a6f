"""A certificate that is valid for ten years."""

from compliant import certificate

certificate(validity_period_hours=3650 * 24)
