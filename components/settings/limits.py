"""TODO describe."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from common import syntax
from common.settings_model import Int, SettingsModel, setting


class Limits(SettingsModel):
    """What the container may use of its host."""

    memory: Annotated[str, BeforeValidator(syntax.memory)] = setting(
        "2g",
        "Memory limit; swap is not added to it.",
        allowed="a size in m or g, 128m or more",
        example="4g",
    )
    cpus: Annotated[float, BeforeValidator(syntax.no_boolean)] = Field(
        1.0,
        ge=0.1,
        le=1024,
        allow_inf_nan=False,
        description="CPU limit, in processors.",
        examples=[2],
        json_schema_extra={"allowed": "a number of processors from 0.1 to 1024", "secret": False},
    )
    pids: Int = Field(
        256,
        ge=32,
        le=4194304,
        description="Limit of processes and threads.",
        examples=[512],
        json_schema_extra={"allowed": "a whole number from 32 to 4194304", "secret": False},
    )
