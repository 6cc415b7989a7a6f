"""How the server and its container are run."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from common import syntax
from common.settings_model import InputStr, Int, SettingsModel, setting


class LogLevel(StrEnum):
    """The server's log levels, as CNCF Distribution names them."""

    ERROR = "error"
    WARN = "warn"
    INFO = "info"
    DEBUG = "debug"


class RestartPolicy(StrEnum):
    """Docker's restart policies that bring a server back after a reboot of its host."""

    ALWAYS = "always"
    UNLESS_STOPPED = "unless-stopped"


class LogFormat(StrEnum):
    """The server's log formats, as CNCF Distribution names them."""

    TEXT = "text"
    JSON = "json"
    LOGSTASH = "logstash"


class Server(SettingsModel):
    """How the container is run. The defaults are the hardened ones; each may be relaxed."""

    read_only_root: bool = setting(
        True,
        "Mount the container's root file system read-only.",
        allowed="true or false",
        example=True,
    )
    no_new_privileges: bool = setting(
        True, "Forbid gaining privileges by setuid programs.", allowed="true or false", example=True
    )
    drop_capabilities: list[Annotated[str, BeforeValidator(syntax.capability_or_all)]] = setting(
        ["ALL"],
        "Linux capabilities to take away.",
        allowed="a list of Linux capabilities, or ALL",
        example=["ALL"],
    )
    add_capabilities: list[Annotated[str, BeforeValidator(syntax.capability)]] = setting(
        [],
        "Linux capabilities to give back.",
        allowed="a list of Linux capabilities",
        example=["CAP_NET_BIND_SERVICE"],
    )
    private_key_mode: Annotated[str, BeforeValidator(syntax.private_key_mode)] = setting(
        "0400",
        "File mode of the private key, which root owns: 0444 where the image does not run as root.",
        allowed="one of 0400, 0440, 0444",
        example="0444",
    )
    restart: RestartPolicy = setting(
        RestartPolicy.ALWAYS,
        "Docker's restart policy.",
        allowed="one of always, unless-stopped",
        example="always",
    )
    log_max_size: Annotated[str, BeforeValidator(syntax.log_size)] = setting(
        "10m",
        "Size at which the container's log is rotated.",
        allowed="a size in k, m or g",
        example="50m",
    )
    log_max_files: Int = Field(
        3,
        ge=1,
        le=100,
        description="Rotated log files that are kept.",
        examples=[5],
        json_schema_extra={"allowed": "a whole number from 1 to 100", "secret": False},
    )
    log_format: LogFormat | None = setting(
        None,
        "Format of the server's log; the image's own by default.",
        allowed="one of text, json, logstash",
        example="json",
    )
    log_fields: dict[str, str] = setting(
        {},
        "Fields that stand in every line of the server's log, beside its own.",
        allowed="a group of texts",
        example={"environment": "prod"},
    )
    headers: dict[
        Annotated[str, BeforeValidator(syntax.header_name)],
        Annotated[str, BeforeValidator(syntax.header_value)],
    ] = setting(
        {},
        "Response headers, added to the guide's (X-Content-Type-Options and the like) or in the place of one of them.",
        allowed="a group of header names, each with a printable text",
        example={"Strict-Transport-Security": "max-age=31536000"},
    )
    drain_seconds: Int | None = Field(
        None,
        ge=1,
        le=9,
        description="Seconds that requests under way may take when the server is stopped; Docker kills it after 10.",
        examples=[5],
        json_schema_extra={"allowed": "a whole number of seconds from 1 to 9", "secret": False},
    )
    addr: Annotated[str, BeforeValidator(syntax.optional(syntax.listening_address))] = setting(
        "",
        "Port on which the server listens inside its container; 5000 by default.",
        allowed=":port, 0.0.0.0:port or [::]:port, with a port from 1 to 65535",
        example=":8443",
    )
    http_secret: InputStr | None = setting(
        None,
        "Secret that signs the state of uploads; servers that share one storage need the same. Generated and kept in state by default.",
        allowed="a text of 16 or more characters of at least 5 different kinds",
        example="pulumi config set --secret --path server.httpSecret",
        secret=True,
    )
    extra: Annotated[dict[str, Any], BeforeValidator(syntax.json_serializable)] = setting(
        {},
        "Anything else for the server's YAML file (CNCF Distribution's configuration reference), merged into what the other settings make of it.",
        allowed="a group of the server's own settings that no other setting writes",
        example={"notifications": {"endpoints": []}},
        secret=True,
    )
