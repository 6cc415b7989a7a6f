"""One module for each command: the command ``register-key`` is in ``register_key.py``.

What two commands share is in the packages next to this one.
"""

NAMES = (
    "up",
    "preview",
    "down",
    "outputs",
    "pack-check",
    "push",
    "packs",
    "pull",
    "pack-delete",
    "copy-packs",
    "backup",
    "restore",
    "drill",
    "unlock",
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
