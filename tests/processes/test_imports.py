"""What the program imports, and when: slow libraries only if they are needed."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.components.test_target import KUBERNETES, TYPES
from tests.support.component import HOSTNAME

PROGRAM = """
import sys
from common.features import Features, use_features
from components.program import declare_registry
from tests.support.certificates import issue
from tests.support.recording import Recorder, run

recorder = Recorder(issue("registry.example.com", ["registry.example.com"]))
with use_features(Features(checks=False, resource_hooks=False)):
    made = run(recorder, lambda: declare_registry("registry", ARGUMENTS).outputs)
assert made.outputs["endpoint"] == "https://registry.example.com"
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_libpass_is_not_imported_early() -> None:
    modules = "components.pack_registry, components.users.htpasswd"
    code = f"import sys, {modules}; sys.exit('passlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == 0, "its import takes longer than a preview may"


@pytest.mark.parametrize(
    ("arguments", "loaded", "not_loaded"),
    [
        ({}, "pulumi_docker", {"pulumi_kubernetes", "kubernetes"}),
        (KUBERNETES, "pulumi_kubernetes", {"pulumi_docker", "docker"}),
    ],
    ids=TYPES,
)
def test_only_used_sdk_is_imported(
    arguments: dict[str, Any], loaded: str, not_loaded: set[str]
) -> None:
    code = PROGRAM.replace("ARGUMENTS", repr({"hostname": HOSTNAME, **arguments}))
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    modules = set(done.stdout.split())
    assert loaded in modules
    assert modules & not_loaded == set(), "each takes longer to load than a preview may"


@pytest.mark.parametrize(
    ("target", "loaded", "not_loaded"),
    [
        ("docker", {"pulumi_docker", "docker"}, {"pulumi_kubernetes", "kubernetes"}),
        ("kubernetes", {"pulumi_kubernetes"}, {"pulumi_docker", "docker"}),
    ],
)
def test_component_loads_before_program(
    target: str, loaded: set[str], not_loaded: set[str]
) -> None:
    code = (
        "import sys; from cli.pulumi.inline_program import _load;"
        "from components.settings import Target;"
        f"_load(Target({target!r})); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    modules = set(done.stdout.split())
    assert loaded <= modules, "the CLI would wait for its import"
    assert modules & not_loaded == set()


def test_pulumi_is_not_imported_by_errors() -> None:
    """Its SDK takes as long as Python's start. Both know the same class nevertheless."""
    code = (
        "import sys, cli.__main__, cli.commands.push, packs.plan;"
        "assert 'pulumi' not in sys.modules;"
        "from common.errors import UserError; import pulumi, pulumi.config;"
        "assert issubclass(UserError, pulumi.RunError);"
        "assert issubclass(pulumi.ConfigMissingError, pulumi.RunError)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_errors_after_pulumi() -> None:
    code = "import pulumi, common.errors as e; assert issubclass(e.UserError, pulumi.RunError)"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
