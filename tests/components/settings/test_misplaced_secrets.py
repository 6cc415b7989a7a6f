"""A secret of any shape in any setting is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_origin

import pytest
from pydantic import BaseModel

from common.redaction import forget_secrets, redact
from common.settings_model import inner_model
from common.validation import SettingsError, validate
from components.settings import Settings
from components.validation import validate_settings
from palette.settings import RegistrationSettings
from tests.components.settings.data_loader import HOSTNAME
from tests.support.secret_shapes import MARKER, SECRETS
from tests.support.unit import EXAMPLES


def places(model: type[BaseModel], secret: str) -> Iterator[tuple[str, Any]]:
    """Yield the name of each setting, and a config with a secret in it."""
    yield secret, {secret: "x"}
    yield "unknown", {"unknown": secret}
    for name, info in model.model_fields.items():
        key = info.alias or name
        inner = inner_model(info.annotation)
        is_list = get_origin(info.annotation) is list
        kinds: list[Any] = [secret, [secret], {secret: secret}, {"x": secret}, [[secret]]]
        yield from ((key, {key: value}) for value in kinds)
        if inner:
            for below, config in places(inner, secret):
                yield f"{key}.{below}", {key: [config] if is_list else config}


def shown_for(config: Any, model: type[BaseModel]) -> str:
    """Return the message about a config; empty if it is valid."""
    forget_secrets()  # other configs must not make the secret known by its value
    try:
        if model is Settings:
            validate_settings({"hostname": HOSTNAME, **config}, "stack test", stack="test")
        else:
            validate(model, config, "stack test")
    except SettingsError as error:
        return str(error) + repr(error) + "".join(issue.sentence for issue in error.issues)
    return ""


@pytest.mark.parametrize("model", [Settings, RegistrationSettings])
@pytest.mark.parametrize("secret", SECRETS)
def test_secret_in_setting_hidden(secret: str, model: type[BaseModel]) -> None:
    # `make test` tries each secret everywhere; `make test-unit` a different share for each.
    step = max(1, 200 // EXAMPLES)
    tried = [*places(model, SECRETS[secret])][list(SECRETS).index(secret) % step :: step]
    messages = {name: shown_for(config, model) for name, config in tried}
    assert [name for name, message in messages.items() if MARKER in message] == []
    assert sum(map(bool, messages.values())) >= len(messages) / 2, "most places are invalid"


def test_places_include_every_setting() -> None:
    names = {name for name, _ in places(Settings, "x")}
    assert {"hostname", "tls.sans", "tls.subject.organization", "storage.nfs.options"} <= names
    assert len(names) > 100


def test_secret_of_other_setting_hidden() -> None:
    """A password that is also in a place of another kind is known by its value."""
    password = "Zaphod Beeblebrox 42"
    config = {"users": [{"name": "ci", "password": password}], "tls": {"sans": [password]}}
    message = shown_for(config, Settings)
    assert 'tls.sans[0]: invalid value "…"' in message
    assert "…" in redact(f"the server said {password}")


def test_snake_case_secret_known() -> None:
    password = "Zaphod Beeblebrox 42"
    assert shown_for({"image_password": password, "port": "x"}, Settings)
    assert password not in redact(password)
