"""A policy pack that accepts everything."""

from pulumi_policy import PolicyPack, ResourceValidationPolicy

PolicyPack(
    name="empty",
    policies=[
        ResourceValidationPolicy(
            name="everything", description="Accepts everything.", validate=lambda *_: None
        )
    ],
)
