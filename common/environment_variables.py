"""Environment variables of Docker, Pulumi, pip, Python and the shell: one rule for each.

`docs/reference/environment.md` is generated from this table. The commands, the preflight check, the
Makefile and `tools/venv.sh` apply it.
"""

from __future__ import annotations

import fnmatch
from collections.abc import MutableMapping
from dataclasses import dataclass
from enum import Enum


class Rule(Enum):
    """What happens with a variable. The value is its text in the documentation."""

    USED = "used"
    REMOVED = "`make` ignores it"
    REFUSED = "refused"
    REMOVED_OR_REFUSED = "`make` ignores it, a typed `pulumi up` refuses it"
    TCP_ONLY = (
        "used with a tcp:// host; otherwise `make` ignores it, and a typed `pulumi up` refuses it"
    )


@dataclass(frozen=True)
class Variable:
    """A variable, or all variables that match a pattern. The first match counts."""

    name: str
    rule: Rule
    meaning: str


DOCKER = (
    Variable("DOCKER_HOST", Rule.USED, "The engine if `dockerHost` is not set."),
    Variable(
        "DOCKER_CONTEXT",
        Rule.REFUSED,
        "The Docker provider would prefer it to `dockerHost` and use another engine than the "
        "checks. Set `dockerHost` or DOCKER_HOST instead.",
    ),
    Variable("DOCKER_CERT_PATH", Rule.TCP_ONLY, "The certificates if `dockerCertPath` is not set."),
    Variable("DOCKER_TLS_VERIFY", Rule.TCP_ONLY, "Required in addition to DOCKER_CERT_PATH."),
    Variable("DOCKER_TLS", Rule.REMOVED, "TLS without verification is not supported."),
    Variable(
        "DOCKER_API_VERSION",
        Rule.REMOVED_OR_REFUSED,
        "The version is negotiated. A newer one than the engine's would fail.",
    ),
    *(
        Variable(
            f"DOCKER_{part}_MATERIAL",
            Rule.REMOVED_OR_REFUSED,
            "The Docker provider would use other certificates than the checks.",
        )
        for part in ("CA", "CERT", "KEY")
    ),
    Variable("DOCKER_DEFAULT_PLATFORM", Rule.REMOVED, "The image has the engine's platform."),
    Variable("DOCKER_CONFIG", Rule.USED, "Directory with the logins of image registries."),
    Variable("DOCKER_*", Rule.USED, "Passed to Docker's programs unchanged."),
)

PULUMI = (
    Variable("PULUMI_BACKEND_URL", Rule.USED, "The backend of the state."),
    Variable(
        "PULUMI_ACCESS_TOKEN",
        Rule.USED,
        "Selects Pulumi Cloud if PULUMI_BACKEND_URL is not set and there is no other login.",
    ),
    Variable("PULUMI_API", Rule.USED, "URL of Pulumi Cloud for PULUMI_ACCESS_TOKEN."),
    Variable("PULUMI_HOME", Rule.USED, "Directory of the CLI, its login and plugins."),
    Variable("PULUMI_CREDENTIALS_PATH", Rule.USED, "Directory of the CLI's login."),
    Variable(
        "PULUMI_CONFIG_PASSPHRASE",
        Rule.USED,
        "Encrypts secrets. An empty value is refused without ALLOW_EMPTY_PASSPHRASE=1.",
    ),
    Variable(
        "PULUMI_CONFIG_PASSPHRASE_FILE",
        Rule.USED,
        "File with the passphrase. An empty file is refused without ALLOW_EMPTY_PASSPHRASE=1.",
    ),
    Variable("PULUMI_INSTALL_SECONDS", Rule.USED, "Time limit of the CLI's installation."),
    *(
        Variable(name, Rule.REMOVED, "The commands set it themselves.")
        for name in (
            "PULUMI_STACK",
            "PULUMI_PROJECT",
            "PULUMI_ORGANIZATION",
            "PULUMI_CONFIG",
            "PULUMI_CONFIG_SECRET_KEYS",
            "PULUMI_DRY_RUN",
            "PULUMI_TEST_MODE",
            "PULUMI_MONITOR",
            "PULUMI_ENGINE",
        )
    ),
    Variable("PULUMI_OPTION_*", Rule.REMOVED, "Would add options to every command."),
    Variable("PULUMI_*", Rule.USED, "Passed to the Pulumi CLI unchanged."),
)

_PIP_USED = (
    "CACHE_DIR",
    "CERT",
    "CLIENT_CERT",
    "CONFIG_FILE",
    "DEFAULT_TIMEOUT",
    "EXTRA_INDEX_URL",
    "FIND_LINKS",
    "INDEX_URL",
    "KEYRING_PROVIDER",
    "NO_CACHE_DIR",
    "NO_INDEX",
    "PROXY",
    "RETRIES",
    "TIMEOUT",
    "TRUSTED_HOST",
    "USE_DEPRECATED",
    "USE_FEATURE",
)

PIP = (
    *(Variable(f"PIP_{name}", Rule.USED, "Where packages come from.") for name in _PIP_USED),
    Variable(
        "PIP_*",
        Rule.REMOVED,
        "Could install other packages, or install them elsewhere (PIP_USER, PIP_TARGET, "
        "PIP_PREFIX, PIP_NO_DEPS, PIP_REQUIRE_VIRTUALENV).",
    ),
)

PYTHON = (
    *(
        Variable(name, Rule.REMOVED, meaning)
        for name, meaning in (
            ("PYTHONPATH", "Modules of the virtual environment and of this project only."),
            ("PYTHONHOME", "Would select another standard library."),
            ("PYTHONSAFEPATH", "Would hide the project's own modules."),
            ("PYTHONNOUSERSITE", "A virtual environment never uses the user's packages."),
            ("PYTHONUSERBASE", "A virtual environment never uses the user's packages."),
            ("PYTHONSTARTUP", "For interactive sessions."),
            ("PYTHONINSPECT", "Would start an interactive session after each command."),
            ("PYTHONOPTIMIZE", "Would remove checks."),
            ("PYTHONUTF8", "Project files are UTF-8 with any locale."),
            ("PYTHONCASEOK", "Would find other modules."),
            ("PYTHONPLATLIBDIR", "Would select another standard library."),
            ("PYTHONEXECUTABLE", "Would hide the virtual environment."),
        )
    ),
    Variable("PYTHONIOENCODING", Rule.USED, "Encoding of the terminal."),
    Variable("PYTHON", Rule.USED, "Variable of `make`: the Python for the virtual environment."),
    Variable("PYTHON*", Rule.USED, "Passed to Python unchanged."),
    *(
        Variable(name, Rule.USED, "Encoding of the terminal. Project files are always UTF-8.")
        for name in ("LANG", "LC_ALL", "LC_CTYPE")
    ),
)

SHELL = (
    *(
        Variable(name, Rule.REMOVED, "Would run other commands before those of a script.")
        for name in ("BASH_ENV", "ENV")
    ),
    Variable("CDPATH", Rule.REMOVED, "Would lead scripts to other directories."),
)

GROUPS = {"Docker": DOCKER, "Pulumi": PULUMI, "pip": PIP, "Python": PYTHON, "Shell": SHELL}

VARIABLES = tuple(variable for group in GROUPS.values() for variable in group)

_MAKE_REMOVES = (Rule.REMOVED, Rule.REMOVED_OR_REFUSED)


def rule(name: str) -> Rule | None:
    """Return the rule for a variable; None if it is of none of these programs."""
    return next((each.rule for each in VARIABLES if fnmatch.fnmatchcase(name, each.name)), None)


def remove_ignored(environment: MutableMapping[str, str]) -> None:
    """Remove the variables that `make` ignores."""
    for name in [name for name in environment if rule(name) in _MAKE_REMOVES]:
        del environment[name]
