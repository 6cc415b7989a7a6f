"""The users and password hashes that a registry is given.

An htpasswd file is told by its name, by the container's environment, which names the one that its server reads, or by lines that look like one's,
in whichever container's uploads it is. No message holds a hash.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pulumi_policy import Severity

from policy.policies.docker import CONTAINERS, HTPASSWD_VARIABLE, environment, uploads
from policy.policy import Config, Option, ResourceRule, number, texts
from policy.resource import Declared

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BCRYPT = re.compile(r"\$2[aby]\$(?P<cost>[0-9]{2})\$[./A-Za-z0-9]{53}")
_LOOKS_LIKE_ONE = re.compile(r"[^:\s]+:(\$(2[abxy]|apr1|1|5|6)\$|\{SHA\})\S+")


@dataclass(frozen=True)
class Line:
    """One line of an htpasswd file."""

    number: int
    user: str
    digest: str

    @property
    def cost(self) -> int | None:
        """The bcrypt cost; none where the hash is not bcrypt's."""
        match = _BCRYPT.fullmatch(self.digest)
        return int(match["cost"]) if match else None

    @property
    def who(self) -> str:
        """How the line is told from others; a text that is no name may be a secret in the wrong place."""
        return (
            f"line {self.number} ({self.user})"
            if _NAME.fullmatch(self.user) and self.digest
            else f"line {self.number}"
        )


def _files(container: Declared) -> Iterator[tuple[str, list[Line]]]:
    read = posixpath.normpath(environment(container).get(HTPASSWD_VARIABLE) or "/")
    for upload in uploads(container):
        lines = _lines(upload.content)
        named = (
            "htpasswd" in posixpath.basename(upload.file) or posixpath.normpath(upload.file) == read
        )
        if named or (
            lines and all(_LOOKS_LIKE_ONE.fullmatch(f"{line.user}:{line.digest}") for line in lines)
        ):
            yield upload.file, lines


def _lines(content: str) -> list[Line]:
    lines = []
    for number_, text in enumerate(content.splitlines(), start=1):
        if text.strip() and not text.lstrip().startswith("#"):
            user, _, digest = text.strip().partition(":")
            lines.append(Line(number_, user, digest))
    return lines


def _judge_bcrypt(container: Declared, _: Config) -> Iterator[str]:
    for file, lines in _files(container):
        for line in lines:
            if line.cost is None:
                yield f"{file}, {line.who}: this is no user with a bcrypt hash"


BCRYPT_ONLY = ResourceRule(
    name="htpasswd-bcrypt",
    description="An htpasswd file has users with bcrypt hashes alone: the registry knows no other, and other hashes are guessed in no time.",
    severity=Severity.CRITICAL,
    types=CONTAINERS,
    judge=_judge_bcrypt,
    keys=("users[].bcrypt", "users[].password"),
    fix="set users[].bcrypt to what `htpasswd -nB NAME` prints, users[].password, or neither (a password is generated)",
    elsewhere="write the file with bcrypt hashes",
)


def _judge_cost(container: Declared, config: Config) -> Iterator[str]:
    for file, lines in _files(container):
        for line in lines:
            if line.cost is not None and not config["min"] <= line.cost <= config["max"]:
                yield f"{file}, {line.who}: the bcrypt cost is {line.cost}, and allowed are {config['min']:g} to {config['max']:g}"


COST = ResourceRule(
    name="htpasswd-cost",
    description="The bcrypt cost of every user is within a band: a low one makes a password that a person chose easy to guess, "
    "and a high one is paid by the server on every request.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    judge=_judge_cost,
    keys=("users[].cost", "users[].bcrypt"),
    fix="set users[].cost within this band, or give users[].bcrypt a hash of such a cost (`htpasswd -nB -C 10 NAME`)",
    elsewhere="write the file with such a cost",
    options={
        "min": number(5, "Least bcrypt cost.", minimum=4),
        "max": number(12, "Greatest bcrypt cost.", minimum=4),
    },
)


def _judge_admin(container: Declared, config: Config) -> Iterator[str]:
    for file, lines in _files(container):
        if not any(line.user == config["user"] for line in lines):
            yield f"{file} has no user {config['user']}, so nobody may write to the registry"


ADMIN = ResourceRule(
    name="htpasswd-admin",
    description="An htpasswd file has the user who may write.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    judge=_judge_admin,
    keys=(),
    fix="the pack registry always has admin, so a transformation in the program has changed the file: remove that",
    elsewhere="add the user to the file",
    options={"user": Option("admin", "The user who may write.", {"type": "string"})},
)


def _seconds(cost: int) -> float:
    """What a guess at a hash takes of a processor, about: 2 ms at cost 5, and twice as much with every step."""
    return 0.055e-3 * float(2**cost)


def _guesses(
    files: list[tuple[str, list[Line]]], config: Config
) -> Iterator[tuple[str, Line, str]]:
    """What is tried: first all on the user who may write, then the others' names, then all on them; as much as the time allows."""
    users = [(file, line) for file, lines in files for line in lines if line.cost is not None]
    writers = [(file, line) for file, line in users if line.user == config["user"]]
    others = [(file, line) for file, line in users if line.user != config["user"]]
    wanted = [
        *(
            (file, line, guess)
            for file, line in writers
            for guess in dict.fromkeys([line.user, *config["passwords"]])
        ),
        *((file, line, line.user) for file, line in others),
        *(
            (file, line, guess)
            for file, line in others
            for guess in dict.fromkeys(config["passwords"])
            if guess != line.user
        ),
    ]
    left = config["maxSeconds"]
    for file, line, guess in wanted:
        if (seconds := _seconds(line.cost or 0)) <= left:
            left -= seconds
            yield file, line, guess


def _judge_default(container: Declared, config: Config) -> Iterator[str]:
    tried = list(_guesses(list(_files(container)), config))
    if not tried:
        return
    with ThreadPoolExecutor() as pool:  # bcrypt lets the others work meanwhile
        right = list(pool.map(lambda trial: _is_password(trial[2], trial[1].digest), tried))
    for (file, line, _guess), is_right in zip(tried, right, strict=True):
        if is_right:
            yield f"{file}, {line.who}: the password is a default that everybody knows"


def _is_password(guess: str, digest: str) -> bool:
    import bcrypt

    try:
        return bcrypt.checkpw(guess.encode()[:72], digest.encode())
    except ValueError:
        return False  # a hash of the right form whose salt no password can have


NO_DEFAULT_PASSWORD = ResourceRule(
    name="htpasswd-no-default-password",
    description="No user's password is a default one: the user's own name, or one of a list. A guess costs what it costs the server, so there is a "
    "limit of time: it goes to the user who may write first, then to all users' own names, then to the list, in the order of the file.",
    severity=Severity.CRITICAL,
    types=CONTAINERS,
    judge=_judge_default,
    keys=("users[].password", "users[].bcrypt"),
    fix="change users[].password or users[].bcrypt, or remove both so that a password is generated",
    elsewhere="write the file with another password",
    options={
        "passwords": texts(
            ("password", "admin", "changeme", "spectro", "palette", "registry"),
            "Passwords that everybody knows.",
        ),
        "user": Option(
            "admin", "The user who may write, on whom guesses are tried first.", {"type": "string"}
        ),
        "maxSeconds": number(
            1.5,
            "Seconds of a processor that the guesses may take: 2 ms each at cost 5, 225 ms at cost 12.",
        ),
    },
)


def _judge_repeated(container: Declared, _: Config) -> Iterator[str]:
    for file, lines in _files(container):
        users: dict[str, Line] = {}
        digests: dict[str, Line] = {}
        for line in lines:
            if (same := users.setdefault(line.user, line)) is not line:
                yield f"{file}, {line.who}: the user is there already in line {same.number}"
            if line.digest and (same := digests.setdefault(line.digest, line)) is not line:
                yield f"{file}, {line.who}: the password's hash is the same as in {same.who}"


NO_REPEATED_HASH = ResourceRule(
    name="htpasswd-no-repeated-hash",
    description="Every user of an htpasswd file is there once and has a password hash of its own; equal hashes are copies of one password.",
    severity=Severity.HIGH,
    types=CONTAINERS,
    judge=_judge_repeated,
    keys=("users[].bcrypt",),
    fix="give each of users[] a users[].bcrypt of its own, or none so that a password is generated",
    elsewhere="write the file with a hash of its own for each user",
)
