"""The component's argument types are the model's settings: the same names, required or not, the same kinds, the same texts."""

from __future__ import annotations

import ast
import inspect
from enum import Enum
from types import UnionType
from typing import Annotated, Any, ForwardRef, NotRequired, Union, get_args, get_origin

import pytest
from pulumi.provider.experimental.analyzer import Analyzer
from pydantic import BaseModel

from components import pack_registry
from components import pack_registry_args as arguments
from components import settings as model

PAIRS: dict[type, type[BaseModel]] = {
    arguments.PackRegistryArgs: model.Settings,
    arguments.TlsArgs: model.Tls,
    arguments.SubjectArgs: model.Subject,
    arguments.CertificateAuthorityArgs: model.CertificateAuthority,
    arguments.LetsEncryptArgs: model.LetsEncrypt,
    arguments.NfsArgs: model.Nfs,
    arguments.CifsArgs: model.Cifs,
    arguments.S3Args: model.S3,
    arguments.UserArgs: model.User,
    arguments.StorageArgs: model.Storage,
    arguments.ServerArgs: model.Server,
    arguments.LimitsArgs: model.Limits,
}


def texts(owner: type) -> dict[str, str]:
    """The text under each annotated name of a class, as Pulumi's component host reads it from the source."""
    (definition,) = [
        node
        for node in ast.parse(inspect.getsource(inspect.getmodule(owner) or owner)).body
        if isinstance(node, ast.ClassDef) and node.name == owner.__name__
    ]
    found: dict[str, str] = {}
    for node, following in zip(definition.body, [*definition.body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            text = following.value if isinstance(following, ast.Expr) else None
            found[node.target.id] = str(text.value) if isinstance(text, ast.Constant) else ""
    return found


def kinds(annotation: Any) -> set[str]:
    """What a type comes to for the user: str, int, Output, a group's name, or a list of these."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is list:
        return {f"list of {kind}" for kind in kinds(parts[0])}
    if origin in (Union, UnionType, NotRequired, Annotated):
        found = set().union(
            *(kinds(part) for part in (parts[:1] if origin is Annotated else parts))
        )
        return found - {"NoneType", "Awaitable"}  # what is awaited becomes an output
    if isinstance(annotation, ForwardRef):
        return {annotation.__forward_arg__.partition("[")[0]}
    named = PAIRS.get(annotation, origin or annotation)
    return {"str" if issubclass(named, Enum) else named.__name__}


@pytest.mark.parametrize("owner", PAIRS, ids=lambda owner: str(owner.__name__))
def test_the_names_are_the_models(owner: type) -> None:
    assert list(owner.__annotations__) == list(PAIRS[owner].model_fields), (
        "what stack config can say, a program must be able to say"
    )


def test_pulumis_component_host_can_read_the_types() -> None:
    inputs = (
        Analyzer("pack-registry")
        .analyze([pack_registry.PackRegistry])["component_definitions"]["PackRegistry"]
        .inputs
    )
    assert list(inputs) == [info.alias for info in model.Settings.model_fields.values()], (
        "a schema for other languages is made of them"
    )


@pytest.mark.parametrize("owner", PAIRS, ids=lambda owner: str(owner.__name__))
def test_what_is_required_is_the_models(owner: Any) -> None:
    required = {name for name, info in PAIRS[owner].model_fields.items() if info.is_required()}
    assert set(owner.__required_keys__) == required, "other languages' compilers go by this"


@pytest.mark.parametrize("owner", PAIRS, ids=lambda owner: str(owner.__name__))
def test_the_texts_are_the_models(owner: type) -> None:
    assert texts(owner) == {
        name: info.description for name, info in PAIRS[owner].model_fields.items()
    }, "they are the schema's documentation"


@pytest.mark.parametrize("owner", PAIRS, ids=lambda owner: str(owner.__name__))
def test_the_kinds_are_the_models(owner: type) -> None:
    found = {name: kinds(annotation) for name, annotation in owner.__annotations__.items()}
    assert found == {
        name: kinds(info.annotation) for name, info in PAIRS[owner].model_fields.items()
    }, "a program's types are checked before it runs"


@pytest.mark.parametrize("owner", PAIRS, ids=lambda owner: str(owner.__name__))
def test_every_setting_says_what_it_means_what_is_allowed_and_gives_an_example_that_is(
    owner: type,
) -> None:
    group = PAIRS[owner]
    for name, info in group.model_fields.items():
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        assert str(info.description).endswith("."), f"{name}: a sentence ends with a full stop"
        assert extra["allowed"], f"{name}: the sentence on a wrong value is made of this"
        assert isinstance(extra["secret"], bool), f"{name}: whether its value may be shown"
        if info.examples and not extra["secret"] and not str(info.examples[0]).startswith("-----"):
            minimal = {
                field: "x"
                for field, other in group.model_fields.items()
                if other.is_required() and field != name
            }
            group.model_validate(
                {**minimal, name: info.examples[0]}
            )  # an example that is refused would be worse than none


def test_the_secret_settings_are_these() -> None:
    secret = {
        f"{group.__name__}.{name}"
        for group in PAIRS.values()
        for name, info in group.model_fields.items()
        if isinstance(info.json_schema_extra, dict) and info.json_schema_extra["secret"]
    }
    assert secret == {
        "User.password",
        "User.bcrypt",
        "Tls.private_key_pem",
        "Tls.client_private_key_pem",
        "CertificateAuthority.private_key_pem",
        "Cifs.password",
        "Cifs.options",
        "S3.access_key",
        "S3.secret_key",
        "Server.http_secret",
        "Settings.image_password",
        "Server.extra",
    }, "everything else may be shown in an error"


def test_every_output_of_the_component_says_what_it_is() -> None:
    written = texts(pack_registry.PackRegistry)
    assert [name for name, text in written.items() if not text.endswith(".")] == [], (
        "they are the schema's documentation"
    )
    assert len(written) == 13, "the contract has 13 outputs"


def test_the_modules_that_pulumis_component_host_reads_keep_their_types_at_run_time() -> None:
    for module in (arguments, pack_registry):
        source = inspect.getsource(module)
        assert "\nfrom __future__ import annotations" not in source, (
            f"{module.__name__}: the host reads the types themselves, not their texts"
        )
        assert "Literal" not in source, f"{module.__name__}: the host knows no Literal"
