"""The component's arguments are generated from the settings, and Pulumi can read them."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import pytest
from pulumi.provider.experimental.analyzer import Analyzer

from common.settings_model import SettingsModel, field_docs
from components import kubernetes_pack_registry, pack_registry, registry_component
from components import pack_registry_args as arguments
from components import settings as models
from components.registry_component import RegistryComponent
from tests.support.cases import check_each
from tools.component_args import class_name

MODELS: list[type[SettingsModel]] = [
    model
    for model in vars(models).values()
    if isinstance(model, type) and issubclass(model, SettingsModel)
]


COMPONENTS = [pack_registry.PackRegistry, kubernetes_pack_registry.KubernetesPackRegistry]


def arguments_of(model: type[SettingsModel]) -> Any:
    return getattr(arguments, class_name(model))


def docstrings(owner: type) -> dict[str, str]:
    """The text below each annotated name of a class, as Pulumi's component host reads it."""
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


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: str(component.__name__))
def test_component_host_reads_types(component: type[RegistryComponent]) -> None:
    analyzed = Analyzer("pack-registry").analyze([component])
    found = analyzed["component_definitions"][component.__name__]
    assert list(found.inputs) == [info.alias for info in models.Settings.model_fields.values()], (
        "the schema for other languages is made from them"
    )
    assert list(found.outputs) == RegistryComponent.output_names()


@pytest.mark.parametrize("model", MODELS, ids=lambda model: str(model.__name__))
def test_arguments_match_model(model: type[SettingsModel]) -> None:
    owner = arguments_of(model)
    required = {name for name, info in model.model_fields.items() if info.is_required()}
    assert list(owner.__annotations__) == list(model.model_fields)
    assert set(owner.__required_keys__) == required, "compilers of other languages check this"
    assert docstrings(owner) == {
        name: info.description for name, info in model.model_fields.items()
    }


def test_only_contents_can_be_outputs() -> None:
    outputs = {
        f"{model.__name__}.{name}"
        for model in MODELS
        for name, annotation in arguments_of(model).__annotations__.items()
        if "Output[" in str(annotation)
    }
    assert outputs == {
        "CertificateAuthority.certificate_pem",
        "CertificateAuthority.private_key_pem",
        "LetsEncrypt.directory_ca_pem",
        "LetsEncrypt.trust_pem",
        "Tls.certificate_pem",
        "Tls.private_key_pem",
        "Tls.client_cas",
        "Tls.client_certificate_pem",
        "Tls.client_private_key_pem",
        "Cifs.password",
        "Kubernetes.tls_trust_pem",
        "Mirror.ca_pem",
        "Mirror.password",
        "S3.access_key",
        "S3.secret_key",
        "User.password",
        "User.bcrypt",
        "Server.http_secret",
    }, "everything else decides which resources exist"


def test_settings_are_documented() -> None:
    check_each(MODELS, check_documentation)


def check_documentation(model: type[SettingsModel]) -> None:
    required = {name for name, info in model.model_fields.items() if info.is_required()}
    for name, info in model.model_fields.items():
        docs = field_docs(model, name)
        assert str(info.description).endswith("."), f"{name}: sentences"
        assert docs.allowed, f"{name}: messages say what is allowed"
        assert docs.example is not None or docs.secret, f"{name}: messages show an example"
        if not docs.secret and not str(docs.example).startswith("-----"):
            others = {other: field_docs(model, other).example for other in required - {name}}
            model.model_validate({**others, name: docs.example})


def test_secret_settings() -> None:
    secret = {
        f"{model.__name__}.{name}"
        for model in MODELS
        for name in model.model_fields
        if field_docs(model, name).secret
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
        "Mirror.password",
        "NotificationEndpoint.headers",
    }, "messages can show the values of all others"


def test_outputs_are_documented() -> None:
    written = docstrings(registry_component.RegistryComponent)
    assert [name for name, text in written.items() if not text.endswith(".")] == [], (
        "the reference shows them"
    )
    assert len(written) == 13, "the contract has 13 outputs"


@pytest.mark.parametrize(
    "module",
    [arguments, pack_registry, kubernetes_pack_registry, registry_component],
    ids=lambda module: module.__name__,
)
def test_types_at_run_time(module: Any) -> None:
    source = inspect.getsource(module)
    assert "\nfrom __future__ import annotations" not in source, "the host reads the types"
    assert "Literal" not in source, "the host does not support Literal"
