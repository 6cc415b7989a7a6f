"""TODO describe."""

from __future__ import annotations

from common.errors import UserError
from components.verification.probe import Failure, RegistryApi


class VerificationError(UserError):
    """The registry does not answer as it must: what was tried, what came back, what to do, and how the log ends."""

    def __init__(self, what: str, failures: list[Failure], advice: str, log: list[str]) -> None:
        """Put the sentences together; ``what`` did not pass."""
        lines = [f"{what} did not pass its verification."]
        for failure in failures[:5]:
            lines += [f"  tried: {failure.tried}", f"  came back: {failure.response}"]
        if len(failures) > 5:
            lines.append(f"  and {len(failures) - 5} more of the kind")
        lines.append(f"  what to do: {advice}")
        if log:
            lines += ["  last lines of the container's log:", *(f"    {line}" for line in log)]
        super().__init__("\n".join(lines))


def suggest_fix(failures: list[Failure], log: list[str], api: RegistryApi) -> str:
    """What mends the failure at hand, as far as it can be told from here: the first of the likely causes that fits."""
    text = " ".join([*log, *(failure.response for failure in failures)]).lower()
    causes = {
        "the server may not read or write one of its files: where its image does not run as root, set server.privateKeyMode to 0444 "
        "and give it the data directory": "permission denied" in text,
        "the server wants to write outside /data and /tmp: set server.readOnlyRoot to false": "read-only file system"
        in text,
        "something else than this registry answers on that port, or its certificate is not valid now: check the port and this machine's clock, "
        "then update again": "certificate verify failed" in text or "doesn't match" in text,
        "the server refuses a password that it was given: compare its log, then change rotation for new passwords": any(
            failure.user and failure.status == 401 for failure in failures
        ),
        f"the server does not know the routes of its flavor: check that image is {api.image}, or set flavor to what it is": any(
            failure.status == 404 for failure in failures
        ),
        f"the server lets in who has no right to: check that image is {api.image} and that no proxy answers in its place": any(
            failure.status == 200 for failure in failures
        ),
        "read the log below and the settings named in it, then update again; `docker logs` shows all of it": bool(
            log
        ),
    }
    return next(
        (advice for advice, fits in causes.items() if fits),
        f"the server's log is empty; check that image is {api.image}, then update again",
    )
