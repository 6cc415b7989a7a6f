"""Validation returns settings or a well-formed message for any input that hypothesis generates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from common.settings_model import SettingsModel
from common.types import credentials, docker, http, network, paths, s3, x509
from common.validation import SettingsError
from components.settings import Settings
from components.validation import validate_settings
from tests.components.settings.data_loader import HOSTNAME
from tests.components.settings.rejection import ORIGIN, check_form
from tests.support.cases import check_each
from tests.support.unit import EXAMPLES

SURROGATES = st.text(alphabet="a\ud800\udfff", min_size=1, max_size=3)
"""Strings with lone surrogates. `st.text()` omits them; JSON and YAML can contain them."""

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-1, 70000)
    | st.floats()
    | st.text(max_size=20)
    | SURROGATES
    | st.text(alphabet="aA0.:/-_ @$%", max_size=12)
    | st.dates()
    | st.binary(max_size=12)
)
KEYS = st.text(max_size=8) | SURROGATES | st.integers() | st.booleans() | st.none()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


def groups(model: type[BaseModel]) -> st.SearchStrategy[dict[Any, Any]]:
    """Objects with any keys of a model, valid and invalid values, and sometimes another key."""
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for name, info in model.model_fields.items():
        suitable = (
            [st.just(info.get_default(call_default_factory=True))]
            if not info.is_required() and not _groups_in(info.annotation)
            else []
        )
        suitable += [st.just(example) for example in info.examples or []]
        for inner in _groups_in(info.annotation):
            suitable += [
                st.lists(groups(inner), max_size=3)
                if get_origin(info.annotation) is list
                else groups(inner)
            ]
        fields[info.alias or name] = st.one_of(*suitable, *suitable, VALUES)
    known = st.fixed_dictionaries({}, optional=fields)
    return st.builds(
        lambda some, more: {**more, **some},
        known,
        st.just({}) | st.dictionaries(KEYS, VALUES, max_size=1),
    )


def _groups_in(annotation: Any) -> list[type[BaseModel]]:
    candidates = get_args(annotation) if get_origin(annotation) is list else (annotation,)
    return [
        candidate
        for candidate in candidates
        if isinstance(candidate, type) and issubclass(candidate, SettingsModel)
    ]


def validate(config: dict[Any, Any]) -> Settings | SettingsError:
    try:
        return validate_settings(config, ORIGIN)
    except SettingsError as error:
        return error


@given(groups(Settings))
@example({"hostname": HOSTNAME})
@example({1: 2})
@example({"two\nlines": 1})
@example({"\ud800": 1})
@example(
    {"hostname": 10**5000, "port": 10**5000, "rotation": 10**5000, "limits": {"cpus": 10**5000}}
)
@example({"hostname": HOSTNAME, "tls": {"\ud800": 1}})
@example({"hostname": HOSTNAME, "server": {"logFields": {"\ud800": "a"}}})
@example({"users": [{"name": "ci", "bcrypt": b"bytes"}]})
@settings(max_examples=EXAMPLES // 2, suppress_health_check=[HealthCheck.too_slow])
def test_settings_or_message(config: dict[Any, Any]) -> None:
    result = validate(config)
    if isinstance(result, Settings):
        return
    check_form(result)
    for line in str(result).split("\n"):
        assert "function-" not in line, "names of pydantic's internals help no user"
        assert len(line) < 700, "a sentence stays readable"


@given(groups(Settings))
@settings(max_examples=EXAMPLES // 2, suppress_health_check=[HealthCheck.too_slow])
def test_validation_is_idempotent(config: dict[Any, Any]) -> None:
    result = validate({"hostname": HOSTNAME, **config})
    if isinstance(result, Settings):
        assert validate(result.model_dump(by_alias=True, exclude_unset=True)) == result, (
            "validated as stack config and as component arguments"
        )


FORMATS = {
    name: get_args(annotation)[1]
    for module in (network, docker, paths, x509, http, credentials, s3)
    for name, annotation in vars(module).items()
    if name[0].isupper()
    and get_origin(annotation) is Annotated
    and (get_args(annotation)[1].check or get_args(annotation)[1].pattern)
}
"""The named types of strings."""
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="aAzZ09.:/-_@$*[]", max_size=20),
    st.from_regex(r"[a-z0-9]{1,5}(\.[a-z0-9-]{1,5}){0,3}(:[0-9]{1,5})?", fullmatch=True),
    st.from_regex(r"(/[a-z.]{0,4}){1,4}", fullmatch=True),
    st.from_regex(r"[0-9]{1,6}[kmgKMG]", fullmatch=True),
    st.ip_addresses().map(str),
    st.emails(),
)


def test_named_types() -> None:
    assert len(FORMATS) > 25, "types that vanish must be noticed"


@pytest.mark.parametrize("name", FORMATS)
@given(text=TEXTS)
@settings(max_examples=EXAMPLES // 3)
def test_normal_form_is_stable(name: str, text: str) -> None:
    parse = FORMATS[name].parse
    try:
        normal = parse(text)
    except ValueError:
        return
    assert parse(normal) == normal, (
        "a form that changes at each reading changes the deployment at each update"
    )
    assert "\n" not in normal, "no setting has two lines"


def test_example_is_valid() -> None:
    def check(name: str) -> None:
        example = FORMATS[name].example
        if example is not None and "…" not in example:
            assert FORMATS[name].parse(example) in (example, str(Path(example).expanduser()))

    check_each(FORMATS, check)


@pytest.mark.parametrize("name", FORMATS)
@given(value=VALUES)
@settings(max_examples=EXAMPLES // 5)
def test_types_raise_only_value_error(name: str, value: Any) -> None:
    try:
        FORMATS[name].parse(value)
    except ValueError:
        return
