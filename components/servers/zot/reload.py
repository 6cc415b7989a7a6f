"""How a running zot reads its users again.

zot reads the htpasswd file at its start, and again when the file is written in place. A file that
is replaced, by a link or in a Secret, is not read. zot also reads all files again when its own
configuration file is written in place, whatever is written. Docker only replaces files, and the
image contains no other program than zot.

Therefore a second zot is started whose log is the server's configuration file. It ends at once,
because its certificate does not exist, and logs that. The configuration file is YAML, and a line
that ends the document precedes the log, so that its content stays the same.

Source: zot 2.1.20, `pkg/cli/server/config_reloader.go` and `pkg/api/htpasswd.go`.
"""

from __future__ import annotations

import json

from components.servers.paths import CONFIG_DIRECTORY
from components.servers.zot.paths import CONFIG_FILE, RELOAD_FILE
from components.settings import LogLevel

END_OF_DOCUMENT = "\n---\n"
"""What follows is another YAML document, which zot does not read."""

RELOAD_COMMAND = ["serve", f"{CONFIG_DIRECTORY}/{RELOAD_FILE}"]


def reloaded_line(level: LogLevel) -> str:
    """Return what a server logs when it has read its files again.

    It first waits for its running copies and collections to stop. With fewer lines in its log, only
    the line before that is left.
    """
    if level in (LogLevel.DEBUG, LogLevel.INFO):
        return '"loaded new configuration settings"'
    return '"config file changed, trying to reload config"'


def reload_configuration() -> str:
    """Return the configuration of the process that writes to the server's configuration file."""
    missing = "/tmp/missing"  # noqa: S108 - it does not exist
    return json.dumps(
        {
            "storage": {"rootDirectory": "/tmp/zot", "gc": False, "dedupe": False},  # noqa: S108
            "http": {
                "address": "127.0.0.1",
                "port": "5000",
                "tls": {"cert": missing, "key": missing},
            },
            "log": {"level": "error", "output": f"{CONFIG_DIRECTORY}/{CONFIG_FILE}"},
        }
    )


def writable(mode: str) -> str:
    """Return an octal mode with which the owner can also write."""
    return f"{int(mode, 8) | 0o200:04o}"
