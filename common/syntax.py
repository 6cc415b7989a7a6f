"""The syntax of single settings: each function takes what the user wrote and returns it in its normal form.

Each raises ``ValueError`` where the text is not of its kind; the sentence that the user sees is put together from the setting's own
``allowed`` text, so these functions say nothing more. A value of another type is passed on, for the type check to refuse.
"""

from __future__ import annotations

import ipaddress
import json
import posixpath
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from common.countries import CODES
from common.password_strength import is_common

_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DOCKER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,127}")
_NETWORK_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_USER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?P<domain>.+\..+)")
_SIZE = re.compile(r"([1-9][0-9]{0,8})([kmg])", re.IGNORECASE)
_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30}
_BCRYPT = re.compile(r"\$2[aby]\$(?P<cost>[0-9]{2})\$[./A-Za-z0-9]{53}")
CAPABILITIES = frozenset(
    "AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID IPC_LOCK IPC_OWNER "
    "KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID "
    "SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM".split()
)
_IMAGE = re.compile(
    r"(?:(?P<domain>(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]{1,5})?)/)?"
    r"(?P<path>[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_REPOSITORY = re.compile(
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
)
_SYSTEM_DIRECTORIES = tuple(
    "/bin /boot /dev /etc /lib /lib32 /lib64 /libx32 /proc /root /run /sbin /sys /usr "
    "/var/lib/containerd /var/lib/docker /var/lib/kubelet /var/run".split()
)
_SHARED_DIRECTORIES = ("/", "/home", "/tmp", "/var", "/var/lib")  # noqa: S108 - refused, not used
_MAX_PATH, _MAX_PATH_PART = 4095, 255
"""Bytes of a path and of one name in it (limits.h: PATH_MAX less its end, NAME_MAX)."""
_CREDENTIAL_OPTIONS = (
    "user",
    "username",
    "pass",
    "passwd",
    "password",
    "password2",
    "cred",
    "credentials",
)
"""All names by which the kernel's CIFS client and mount.cifs(8) take credentials."""

MIN_PASSWORD_CHARACTERS = 12
MIN_PASSWORD_DIFFERENT = 5
MAX_PASSWORD_BYTES = 72
MIN_COST, MAX_COST = 4, 12


def _on_strings(check: Callable[[str], str]) -> Callable[[Any], Any]:
    """Apply a check to texts, and to numbers as YAML makes them of bare digits; leave everything else to the type check."""

    def checked(value: Any) -> Any:
        if isinstance(value, bytes):  # pydantic would take them for a text, unchecked
            raise ValueError
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        return check(value) if isinstance(value, str) else value

    checked.__doc__ = check.__doc__
    checked.__name__ = check.__name__
    return checked


def json_serializable(value: Any) -> Any:
    """A group that a file can hold: without a lone surrogate at any depth of it."""
    json.dumps(value, default=str, ensure_ascii=False, skipkeys=True).encode()
    return value


def optional(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same check for a setting that may be left empty."""
    return lambda value: value if value == "" else check(value)


def _matching(pattern: re.Pattern[str], value: str) -> str:
    if not pattern.fullmatch(value):
        raise ValueError
    return value


def is_ip(value: str) -> bool:
    """Whether a host is an IP literal rather than a name."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _dns_name(value: str) -> str:
    """A DNS name (RFC 1123, 2.1): labels of 1 to 63 letters, digits and dashes; an all-numeric last label is a mistyped IP address."""
    name = value.lower()
    labels = name.split(".")
    if (
        len(name) > 253
        or labels[-1].isdigit()
        or not all(_DNS_LABEL.fullmatch(label) for label in labels)
    ):
        raise ValueError
    return name


@_on_strings
def hostname(value: str) -> str:
    """A DNS name in lower case, or an IP address of a host in its normal form."""
    return str(host_address(value)) if is_ip(value) else _dns_name(value)


@_on_strings
def subject_alternative_name(value: str) -> str:
    """A hostname, or a DNS name whose first label is `*`: clients take none for a top-level domain (RFC 9525, 7.1)."""
    if not value.startswith("*."):
        return str(hostname(value))
    if "." not in value[2:]:
        raise ValueError
    return "*." + _dns_name(value[2:])


@_on_strings
def ip_address(value: str) -> str:
    """An IPv4 or IPv6 address that one host may have, or all of its addresses (0.0.0.0, ::), in its normal form; a zone is refused."""
    if "%" in value:
        raise ValueError
    address = ipaddress.ip_address(value)
    meant = getattr(address, "ipv4_mapped", None) or address
    if meant.is_multicast or (
        meant.version == 4 and meant.is_reserved
    ):  # the latter also has the broadcast address
        raise ValueError
    return str(address)


@_on_strings
def host_address(value: str) -> str:
    """The IP address of one host in its normal form: 0.0.0.0 and :: lead nowhere."""
    address = ipaddress.ip_address(ip_address(value))
    if (getattr(address, "ipv4_mapped", None) or address).is_unspecified:
        raise ValueError
    return str(address)


def country(value: Any) -> Any:
    """A country's two letters (ISO 3166-1), in upper case. YAML 1.1 reads Norway's bare `NO` as false."""
    text = "NO" if value is False else value
    if not isinstance(text, str) or not text.isascii() or text.upper() not in CODES:
        raise ValueError
    return text.upper()


def subject_text(limit: int) -> Callable[[Any], Any]:
    """A printable text without blanks around it, up to the upper bound that RFC 5280, appendix A.1, gives the attribute."""

    def check(value: str) -> str:
        if len(value) > limit or not value.isprintable() or value != value.strip():
            raise ValueError
        return value

    return _on_strings(check)


@_on_strings
def email(value: str) -> str:
    """An e-mail address as browsers take it (WHATWG HTML, 4.10.5.1.5), with a dot in its domain."""
    match = _EMAIL.fullmatch(value)
    if not match:
        raise ValueError
    _dns_name(match["domain"])
    return value


def no_boolean(value: Any) -> Any:
    """A number: Python counts true as 1."""
    if isinstance(value, bool):
        raise ValueError
    return value


def yaml_off(value: Any) -> Any:
    """YAML 1.1 reads a bare `off` as false."""
    return "off" if value is False else value


@_on_strings
def user_name(value: str) -> str:
    """A name that htpasswd files and HTTP's basic authentication can hold (RFC 7617: no colon)."""
    return _matching(_USER_NAME, value)


def password(value: Any) -> Any:
    """A password that a person chose; one that is only known while the update runs is checked then."""
    if isinstance(
        value, int | float | bytes
    ):  # YAML turned it into a number: leading zeros and the like are lost already
        raise ValueError
    if not isinstance(value, str):
        return value
    visible = {
        character for character in value if character.isprintable() and not character.isspace()
    }
    if (
        len(value) < MIN_PASSWORD_CHARACTERS
        or len(visible) < MIN_PASSWORD_DIFFERENT
        or len(value.encode()) > MAX_PASSWORD_BYTES  # a lone surrogate raises a ValueError, too
        or any(ord(character) < 32 or ord(character) == 127 for character in value)
        or is_common(value)
    ):
        raise ValueError
    return value


def bcrypt_hash_of(user: str | None) -> Callable[[Any], Any]:
    """A bcrypt hash; a whole htpasswd line of that user is cut to its hash, anybody's where the user is not known."""

    def bcrypt_hash(value: str) -> str:
        name, colon, digest = value.strip().rpartition(":")
        match = _BCRYPT.fullmatch(digest)
        if (
            not match
            or not MIN_COST <= int(match["cost"]) <= MAX_COST
            or (colon and name != (user or name))
        ):
            raise ValueError
        return digest

    return _on_strings(bcrypt_hash)


@_on_strings
def docker_name(value: str) -> str:
    """A name as Docker takes it for containers and volumes."""
    return _matching(_DOCKER_NAME, value)


@_on_strings
def network_name(value: str) -> str:
    """A network's name. Docker itself takes any that is not blank, also such as neither its own addresses nor a command line can hold."""
    return _matching(_NETWORK_NAME, value)


@_on_strings
def host_path(value: str) -> str:
    """An absolute path in its normal form, outside the directories that belong to the system."""
    path = _absolute(value)
    if (
        ":" in value
        or "," in value
        or path in _SHARED_DIRECTORIES
        or any(f"{path}/".startswith(f"{system}/") for system in _SYSTEM_DIRECTORIES)
    ):
        raise ValueError
    return path


def _absolute(value: str) -> str:
    """An absolute path in its normal form that a file system can have, without blanks around it and without `..`."""
    parts = value.split("/")
    if (
        not value.startswith("/")
        or ".." in parts
        or not value.isprintable()
        or value != value.strip()
    ):
        raise ValueError
    if len(value.encode()) > _MAX_PATH or any(
        len(part.encode()) > _MAX_PATH_PART for part in parts
    ):
        raise ValueError
    return posixpath.normpath("/" + value.lstrip("/"))


@_on_strings
def capability(value: str) -> str:
    """A Linux capability as the Docker daemon reports it: `ALL`, or upper case with `CAP_`."""
    name = value.upper().removeprefix("CAP_")
    if name not in CAPABILITIES:
        raise ValueError
    return f"CAP_{name}"


def capability_or_all(value: Any) -> Any:
    """A Linux capability, or `ALL` for all of them."""
    return "ALL" if isinstance(value, str) and value.upper() == "ALL" else capability(value)


def private_key_mode(value: Any) -> str:
    """A file mode under which the server can read its key."""
    # YAML 1.1 reads a bare 0444 as an octal number.
    mode = f"{value:04o}" if isinstance(value, int) and not isinstance(value, bool) else value
    if mode not in ("0400", "0440", "0444"):
        raise ValueError
    return str(mode)


def size_in_bytes(value: str) -> int:
    """Bytes of a size such as `512m`; units are powers of 1024, as Docker reads them."""
    match = _SIZE.fullmatch(value)
    if not match:
        raise ValueError
    return int(match[1]) * _UNITS[match[2].lower()]


@_on_strings
def log_size(value: str) -> str:
    """A size in lower case."""
    size_in_bytes(value)
    return value.lower()


@_on_strings
def memory(value: str) -> str:
    """A size in lower case, whole mebibytes, no less than the server needs to start and no more than any host has."""
    if value[-1:].lower() == "k" or not 128 * 2**20 <= size_in_bytes(value) <= 2**44:
        raise ValueError
    return value.lower()


@_on_strings
def image(value: str) -> str:
    """An image reference as Docker reads it, which names a version: a tag or a digest. 64 hex digits are an image's ID to Docker."""
    match = _IMAGE.fullmatch(value)
    if not match or not (match["tag"] or match["digest"]) or len(match["path"]) > 255:
        raise ValueError
    if re.fullmatch(r"[0-9a-f]{64}", match["path"]) and not match["domain"]:
        raise ValueError
    _check_port((match["domain"] or "").partition(":")[2])
    return value


def _check_port(text: str) -> None:
    """Refuse a port that there is not; none at all is the scheme's own."""
    if text and not 1 <= int(text) <= 65535:
        raise ValueError


@_on_strings
def realm(value: str) -> str:
    """A text that fits a quoted string of an HTTP header (RFC 9110, 5.6.4) without escapes, and without blanks around it."""
    return _matching(re.compile(r"(?! )[ !#-\[\]-~]{1,128}(?<! )"), value)


@_on_strings
def docker_host(value: str) -> str:
    """A Docker host as the Docker CLI reads it."""
    unix = r"unix:///[^\s:]+"
    host = r"(\[(?P<ipv6>[0-9a-fA-F:.]+)\]|[A-Za-z0-9]+([.-]+[A-Za-z0-9]+)*)"
    network = re.fullmatch(
        rf"(ssh://([A-Za-z0-9._-]+@)?|(?P<tcp>tcp://)){host}(:(?P<port>[0-9]{{1,5}}))?", value
    )
    if network is None:
        return _matching(re.compile(unix), value)
    if ".." in value or (network["tcp"] and not network["port"]):
        raise ValueError
    if network["ipv6"]:
        ipaddress.IPv6Address(network["ipv6"])
    _check_port(network["port"] or "")
    return value


def names_registry(reference: str) -> bool:
    """Whether an image reference starts with its registry's host: Docker tells it by a dot, a port or `localhost`."""
    first, slash, _ = reference.partition("/")
    return bool(slash) and ("." in first or ":" in first or first == "localhost")


def _url(*schemes: str) -> Callable[[Any], Any]:
    def check(value: str) -> str:
        if not value.isprintable() or any(
            character in value for character in " ?#"
        ):  # no other blank is printable
            raise ValueError
        parts = urlsplit(value)
        if parts.scheme not in schemes or not parts.hostname or "@" in parts.netloc:
            raise ValueError
        hostname(parts.hostname)
        if parts.port == 0:  # reading it also refuses what is no port
            raise ValueError
        return value.rstrip("/")

    return _on_strings(check)


https_url = _url("https")
"""The address of a service over TLS, without credentials."""
web_url = _url("http", "https")
"""The address of a service, without credentials."""


@_on_strings
def export(value: str) -> str:
    """An absolute path in its normal form, as an NFS server exports it."""
    if (
        not value.startswith("/")
        or ".." in value.split("/")
        or not value.isprintable()
        or "," in value
    ):
        raise ValueError
    return posixpath.normpath("/" + value.lstrip("/"))


@_on_strings
def share(value: str) -> str:
    """A share of an SMB server and a path below it, with slashes."""
    text = value.replace("\\", "/").strip("/")
    if not text or ".." in text.split("/") or not text.isprintable() or "," in text:
        raise ValueError
    return text


@_on_strings
def mount_option(value: str) -> str:
    """One option of mount(8): a word, with a value or without. Address and credentials have settings of their own."""
    match = re.fullmatch(r"([a-z][a-z0-9_]*)(=[^\s,]+)?", value)
    if not match or match[1] in ("addr", *_CREDENTIAL_OPTIONS):
        raise ValueError
    return value


@_on_strings
def mount_value(value: str) -> str:
    """What may stand in a mount option: a comma would end it."""
    return _matching(re.compile(r"[^\s,]{1,256}"), value)


@_on_strings
def bucket(value: str) -> str:
    """A bucket's name (Amazon S3 user guide, bucket naming rules)."""
    if is_ip(value) or ".." in value:
        raise ValueError
    return _matching(re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"), value)


@_on_strings
def region(value: str) -> str:
    """A region's name."""
    return _matching(re.compile(r"[a-z0-9-]{1,64}"), value)


@_on_strings
def object_prefix(value: str) -> str:
    """The beginning of objects' names, without slashes around it."""
    text = value.strip("/")
    if (
        not text
        or ".." in text.split("/")
        or not re.fullmatch(r"[A-Za-z0-9!_.*'()/-]{1,512}", text)
    ):
        raise ValueError
    return text


@_on_strings
def repository_path(value: str) -> str:
    """The beginning of repositories' names (OCI distribution specification, "Pulling manifests"), without slashes around it."""
    if len(value) > 255:
        raise ValueError
    return _matching(_REPOSITORY, value.strip("/"))


@_on_strings
def header_name(value: str) -> str:
    """The name of an HTTP header (RFC 9110, 5.1)."""
    return _matching(re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}"), value)


@_on_strings
def header_value(value: str) -> str:
    """The value of an HTTP header: printable ASCII, without spaces around it (RFC 9110, 5.5)."""
    return _matching(re.compile(r"[!-~]([ -~]{0,4094}[!-~])?"), value)


@_on_strings
def listening_address(value: str) -> str:
    """A port on all addresses, as Go's net package reads it: on others of a container Docker could not reach the server."""
    match = re.fullmatch(r"(\[::\]|0\.0\.0\.0)?:([0-9]{1,5})", value)
    if not match or not 1 <= int(match[2]) <= 65535:
        raise ValueError
    return value


@_on_strings
def operator_path(value: str) -> str:
    """A file or directory of the machine that runs Pulumi, with `~` for the user's own; not `/`, which is none of those."""
    path = posixpath.normpath(posixpath.expanduser(value))
    if value != value.strip() or path == "/":
        raise ValueError
    return _absolute(path)


def port_of(listening: str) -> int:
    """The port of a listening address."""
    return int(listening.rpartition(":")[2])


def addresses_overlap(address: str, other: str) -> bool:
    """Whether two listening addresses exclude each other on one port: they are one, or either stands for all of its family.

    Docker listens on :: for IPv6 alone, so it is free to have another container, or the same one, on 0.0.0.0.
    """
    one, two = ipaddress.ip_address(address), ipaddress.ip_address(other)
    return one == two or (one.version == two.version and (one.is_unspecified or two.is_unspecified))


def may_be_public(host: str) -> bool:
    """Whether a DNS name may be in the public DNS: it has a dot, and does not end as names do that are never there (RFC 6761, RFC 6762, RFC 8375)."""
    never = (
        ".local",
        ".localhost",
        ".internal",
        ".test",
        ".example",
        ".invalid",
        ".home.arpa",
        ".home",
        ".corp",
        ".lan",
    )
    return "." in host and not host.endswith(never)


def is_loopback(address: str) -> bool:
    """Whether an IP address is reached from its own host alone."""
    return ipaddress.ip_address(address).is_loopback


@_on_strings
def credential(value: str) -> str:
    """A user's name as registries take it; a colon would part it from a password (RFC 7617)."""
    return _matching(re.compile(r"[!-9;-~]{1,256}"), value)
