"""The users and password hashes in a registry's htpasswd files. No message contains a hash.

A file is an htpasswd file if its name says so, if the container's environment names it, or if one
of its lines has that format. It is read as the registry reads it: as bytes, line by line.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from pulumi_policy import Severity

from policy.factories import Bound, Measured, within_bounds
from policy.policy import Config, ResourcePolicy, number, string, string_list
from policy.readers.containers import HTPASSWD_VARIABLE
from policy.readers.docker import CONTAINER
from policy.readers.files import FILES, configured_paths, files
from policy.readers.mounts import normalize_path
from policy.resources import Resource

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_BCRYPT = re.compile(r"\$2[aby]\$(?P<cost>[0-9]{2})\$[./A-Za-z0-9]{53}")
_ENTRY = re.compile(
    r"[^:]*:(\$[0-2].?\$[0-9]{2}\$[./A-Za-z0-9]{53}.*|(\$[0-9a-z]{1,9}\$|\{[A-Z0-9-]+\})\S+)",
    re.IGNORECASE,
)
"""A line with a hash. Go's bcrypt accepts any revision, and ignores text behind the hash."""
_PLAIN_ENTRY = re.compile(r"[A-Za-z0-9._@-]+:\S+")
_USERS_FILE = re.compile(r"passw|users|credentials|(^|[._-])auth", re.IGNORECASE)
_USERS_KEY = re.compile(r"(^|[._-])(users|passwd|auth)([._-]|$)", re.IGNORECASE)
"""The same for a key of a Secret, where `password` and `credentials` are not files."""
_SPACE = " \t\n\v\f\r\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What the registry strips from a line: Go's unicode.IsSpace."""


@dataclass(frozen=True)
class Line:
    """One line of an htpasswd file."""

    number: int
    user: str
    digest: str

    @property
    def cost(self) -> int | None:
        """The bcrypt cost; None if the hash is not a bcrypt hash."""
        match = _BCRYPT.fullmatch(self.digest)
        return int(match["cost"]) if match else None

    @property
    def title(self) -> str:
        """The line in messages. A string that is not a name may be a misplaced secret."""
        is_name = _NAME.fullmatch(self.user) and self.digest
        return f"line {self.number} ({self.user})" if is_name else f"line {self.number}"


def _files(container: Resource) -> Iterator[tuple[str, list[Line]]]:
    configured = configured_paths(container, HTPASSWD_VARIABLE)
    pattern = _USERS_FILE if container.type == CONTAINER else _USERS_KEY
    for file in files(container):
        if file.content is None:
            continue  # `file-readable` reports it.
        lines, name = list(_parse(file.content)), posixpath.basename(file.file)
        is_configured = normalize_path(file.file) in configured
        if is_configured or _looks_like_users(name, lines, pattern):
            yield file.file, lines


def _looks_like_users(name: str, lines: list[Line], pattern: re.Pattern[str]) -> bool:
    entries = [f"{line.user}:{line.digest}" for line in lines]
    if "htpasswd" in name.lower() or any(map(_ENTRY.fullmatch, entries)):
        return True
    return bool(entries and pattern.search(name) and all(map(_PLAIN_ENTRY.fullmatch, entries)))


def _parse(content: bytes) -> Iterator[Line]:
    for number_, line in enumerate(content.split(b"\n"), start=1):
        text = line.decode(errors="surrogateescape").strip(_SPACE)
        if text and not text.startswith("#"):
            user, _, digest = text.partition(":")
            yield Line(number_, user, digest)


def _validate_bcrypt(container: Resource, _: Config) -> Iterator[str]:
    for file, lines in _files(container):
        for line in lines:
            if line.cost is None:
                yield f"{file}, {line.title} must contain a user and a bcrypt hash"


BCRYPT_ONLY = ResourcePolicy(
    name="htpasswd-bcrypt",
    description="Entries of htpasswd files must have bcrypt hashes.",
    reason="The registry supports no other hashes, and others are easy to guess.",
    severity=Severity.CRITICAL,
    types=FILES,
    validate=_validate_bcrypt,
    settings=("users[].bcrypt", "users[].password"),
    remediation="Set users[].bcrypt to a hash that `htpasswd -nB` prints, set users[].password, or "
    "set neither to generate a password",
    remediation_elsewhere="write the file with bcrypt hashes",
    command=lambda _: "`htpasswd -nB NAME`",
)


def _costs(container: Resource) -> Iterator[Measured]:
    for file, lines in _files(container):
        for line in lines:
            if line.cost is not None:
                yield Measured(f"{file}, {line.title}", line.cost)


COST = within_bounds(
    _costs,
    "a bcrypt cost",
    Bound("min", 5, "Minimum bcrypt cost.", least=4),
    Bound("max", 12, "Maximum bcrypt cost.", least=4),
    name="htpasswd-cost",
    description="Password hashes must have a bcrypt cost in the configured range.",
    reason="A low cost makes a weak password easy to guess. A high cost slows down every request.",
    severity=Severity.HIGH,
    types=FILES,
    settings=("bcryptCost", "users[].bcrypt"),
    remediation="Set bcryptCost in this range, and users[].bcrypt to hashes of the same cost, "
    "which `htpasswd -nB -C COST` prints",
    remediation_elsewhere="write the file with such a cost",
    command=lambda _: "`htpasswd -nB -C 5 NAME`",
)


def _validate_admin(container: Resource, config: Config) -> Iterator[str]:
    for file, lines in _files(container):
        if not any(line.user == config["user"] for line in lines):
            yield f"{file} must have the user {config['user']}, because no other user may write"


ADMIN = ResourcePolicy(
    name="htpasswd-admin",
    description="Password files (htpasswd) must have the user with write access.",
    reason="Without this user, no user can push.",
    severity=Severity.HIGH,
    types=FILES,
    validate=_validate_admin,
    settings=(),
    remediation="Remove the transformation in the program that changes the file: the pack registry "
    "always has admin",
    remediation_elsewhere="add the user to the file",
    options={"user": string("admin", "User with write access.")},
)


def _seconds(cost: int) -> float:
    """The approximate time of a guess: 2 ms at cost 5, twice as much with every step."""
    return 0.055e-3 * float(2**cost)


_Guess = tuple[str, Line, str]


def _guesses(files: list[tuple[str, list[Line]]], config: Config) -> Iterator[_Guess]:
    """The guesses that the time allows.

    First all passwords for the user with write access, then the other users' names, then all
    passwords for them.
    """
    users = [(file, line) for file, lines in files for line in lines if line.cost is not None]
    writers = [(file, line) for file, line in users if line.user == config["user"]]
    others = [(file, line) for file, line in users if line.user != config["user"]]
    passwords = dict.fromkeys(config["passwords"])
    guesses = [
        *(
            (file, line, guess)
            for file, line in writers
            for guess in {line.user: None, **passwords}
        ),
        *((file, line, line.user) for file, line in others),
        *(
            (file, line, guess)
            for file, line in others
            for guess in passwords
            if guess != line.user
        ),
    ]
    left = config["maxSeconds"]
    for file, line, guess in guesses:
        if (seconds := _seconds(line.cost or 0)) <= left:
            left -= seconds
            yield file, line, guess


def _validate_default(container: Resource, config: Config) -> Iterator[str]:
    guesses = list(_guesses(list(_files(container)), config))
    if not guesses:
        return
    with ThreadPoolExecutor() as pool:  # bcrypt releases the lock of the interpreter
        matches = list(pool.map(lambda guess: _is_password(guess[2], guess[1].digest), guesses))
    for (file, line, _guess), is_match in zip(guesses, matches, strict=True):
        if is_match:
            yield f"{file}, {line.title} must not have a default password"


def _is_password(guess: str, digest: str) -> bool:
    import bcrypt

    try:
        return bcrypt.checkpw(guess.encode()[:72], digest.encode(errors="surrogateescape"))
    except ValueError:
        return False  # The hash has a valid form and an invalid salt.


NO_DEFAULT_PASSWORD = ResourcePolicy(
    name="htpasswd-no-default-password",
    description="Users must not have a default password: their own name, or one of a list.",
    reason="Attackers try these first. The time for guesses is limited: the policy checks "
    "the user with write access first, then the names of all users, then the list.",
    severity=Severity.CRITICAL,
    types=FILES,
    validate=_validate_default,
    settings=("users[].password", "users[].bcrypt"),
    remediation="Change users[].password or users[].bcrypt, or remove both to generate a password",
    remediation_elsewhere="write the file with another password",
    options={
        "passwords": string_list(
            ("password", "admin", "changeme", "spectro", "palette", "registry"),
            "Default passwords to guess.",
        ),
        "user": string("admin", "User with write access, whose password is guessed first."),
        "maxSeconds": number(
            1.5, "Processor time for guesses, in seconds: 2 ms each at cost 5, 225 ms at cost 12."
        ),
    },
)


def _validate_repeated(container: Resource, _: Config) -> Iterator[str]:
    for file, lines in _files(container):
        users: dict[str, Line] = {}
        digests: dict[str, Line] = {}
        for line in lines:
            title = f"{file}, {line.title}"
            if (first := users.setdefault(line.user, line)) is not line:
                yield f"{title} must be the only line of its user; line {first.number} is another"
            if line.digest and (first := digests.setdefault(line.digest, line)) is not line:
                yield f"{title} must have its own password; {first.title} has the same hash"


NO_REPEATED_HASH = ResourcePolicy(
    name="htpasswd-no-repeated-hash",
    description="Users of an htpasswd file must be listed once, with a password hash that no "
    "other user has.",
    reason="Equal hashes are copies of one password.",
    severity=Severity.HIGH,
    types=FILES,
    validate=_validate_repeated,
    settings=("users[].bcrypt",),
    remediation="Set a different users[].bcrypt for each user, or none to generate a password",
    remediation_elsewhere="write the file with a different hash for each user",
)
