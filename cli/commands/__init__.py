"""One module for each command: the command ``register-key`` is in ``register_key.py``.

What two commands share is in the packages next to this one.
"""

NAMES = (
    "up",
    "preview",
    "down",
    "outputs",
    "status",
    "backup",
    "restore",
    "drill",
    "gc",
    "unlock",
    "monitoring",
    "renewal",
    "bundle",
    "load-image",
    "pack-check",
    "push",
    "packs",
    "pull",
    "pack-delete",
    "copy-packs",
    "catalog",
    "register",
    "register-preview",
    "register-key",
    "unregister",
    "registration-form",
    "try-up",
    "try-down",
    "try-ca",
    "docker",
)
