"""Whatever is written as settings, either valid settings or well-formed sentences come of it; made up by hypothesis, the same at every run."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_args, get_origin

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from common import syntax
from common.settings_model import SettingsModel
from common.validation import SettingsError
from components.settings import Settings
from components.validation import validate_settings

SENTENCE = re.compile(r"  - \S.*(?:: .+| is (?:not )?set.*)")
"""A line of the message: a setting, and what there is to say of it."""

HALVES = st.text(alphabet="a\ud800\udfff", min_size=1, max_size=3)
"""Texts with lone surrogates, which `st.text()` leaves out; JSON and YAML have them."""

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-1, 70000)
    | st.floats()
    | st.text(max_size=20)
    | HALVES
    | st.text(alphabet="aA0.:/-_ @$%", max_size=12)
    | st.dates()
    | st.binary(max_size=12)
)
KEYS = st.text(max_size=8) | HALVES | st.integers() | st.booleans() | st.none()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=5,
)


def groups(model: type[BaseModel]) -> st.SearchStrategy[dict[Any, Any]]:
    """A group with any of its keys, each with anything or with what suits it, and sometimes a key that it does not have."""
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


def outcome(config: dict[Any, Any]) -> Settings | SettingsError:
    try:
        return validate_settings(config, "the config of stack test")
    except SettingsError as error:
        return error


@given(groups(Settings))
@example({"hostname": "registry.example.com"})
@example({1: 2})
@example({"two\nlines": 1})
@example({"\ud800": 1})
@example(
    {"hostname": 10**5000, "port": 10**5000, "rotation": 10**5000, "limits": {"cpus": 10**5000}}
)
@example({"hostname": "registry.example.com", "tls": {"\ud800": 1}})
@example({"hostname": "registry.example.com", "server": {"logFields": {"\ud800": "a"}}})
@example({"users": [{"name": "ci", "bcrypt": b"bytes"}]})
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_settings_or_sentences_come_out_and_nothing_else(config: dict[Any, Any]) -> None:
    came = outcome(config)
    if isinstance(came, Settings):
        return
    first, *lines = str(came).split("\n")
    assert re.fullmatch(
        r"\d+ settings? (is|are) wrong in the config of stack test; nothing was touched\.", first
    ), "the user must know where to look"
    assert len(lines) == len(came.faults) >= 1, (
        "a line for each fault: no value and no key may break a line"
    )
    str(came).encode()  # a lone surrogate can't be printed
    for line in lines:
        assert SENTENCE.fullmatch(line), "each line names the setting first"
        assert "function-" not in line, "what the library calls its parts is no help to anybody"
        assert len(line) < 700, "a sentence can be read at a glance"


@given(groups(Settings))
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_what_passed_passes_again_unchanged(config: dict[Any, Any]) -> None:
    came = outcome({"hostname": "registry.example.com", **config})
    if isinstance(came, Settings):
        assert outcome(came.model_dump(by_alias=True, exclude_unset=True)) == came, (
            "stack config is checked twice on its way to the component"
        )


FORMS: list[Callable[[Any], Any]] = [
    syntax.hostname,
    syntax.subject_alternative_name,
    syntax.ip_address,
    syntax.host_address,
    syntax.country,
    syntax.email,
    syntax.user_name,
    syntax.password,
    syntax.bcrypt_hash_of("ci"),
    syntax.docker_name,
    syntax.network_name,
    syntax.host_path,
    syntax.capability,
    syntax.log_size,
    syntax.memory,
    syntax.image,
    syntax.realm,
    syntax.docker_host,
]
TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="aAzZ09.:/-_@$*[]", max_size=20),
    st.from_regex(r"[a-z0-9]{1,5}(\.[a-z0-9-]{1,5}){0,3}(:[0-9]{1,5})?", fullmatch=True),
    st.from_regex(r"(/[a-z.]{0,4}){1,4}", fullmatch=True),
    st.from_regex(r"[0-9]{1,6}[kmgKMG]", fullmatch=True),
    st.ip_addresses().map(str),
    st.emails(),
)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.__name__))
@given(text=TEXTS)
@settings(max_examples=60)
def test_a_normal_form_is_its_own_normal_form(form: Callable[[Any], Any], text: str) -> None:
    try:
        normal = form(text)
    except ValueError:
        return
    assert form(normal) == normal, (
        "a setting that changes its form at each reading changes the deployment at each update"
    )
    assert "\n" not in normal, "no setting has two lines"


@pytest.mark.parametrize("form", FORMS, ids=lambda form: str(form.__name__))
@given(value=VALUES)
@settings(max_examples=40)
def test_a_syntax_raises_nothing_but_value_error(form: Callable[[Any], Any], value: Any) -> None:
    try:
        form(value)
    except ValueError:
        return
