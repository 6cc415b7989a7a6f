"""Stack config as the settings of a registration, checked.

Left out on purpose: what the settings are (``palette/model.py``) and how faults are told (``components/faults.py``).
"""

from __future__ import annotations

import pulumi

from common.stack_config import read_stack_config
from common.validation import Issue, SettingsError, validate
from palette.model import RegistrationSettings

KEY = "paletteApiKey"


def stack_settings() -> RegistrationSettings:
    """The settings that the current stack's config gives.

    The API key must be there, and encrypted: Pulumi copies the whole config, as it is written, to the state of the provider that it starts.

    :raises SettingsError: with a sentence for every fault.
    """
    values, secret = read_stack_config(RegistrationSettings)
    origin = f"stack {pulumi.get_stack()} of project {pulumi.get_project()}"
    faults: list[Issue] = []
    stack = pulumi.get_stack()
    command = f"`make register-key STACK={stack}` (or `pulumi config set --secret {KEY} --stack {stack}` in the directory palette)"
    if values.get(KEY, "") == "":
        faults.append(
            Issue(
                (KEY,),
                f"{KEY} is not set; make a key in Palette's console under User Menu, My API Keys, and set it with {command}",
            )
        )
    elif KEY not in secret:
        faults.append(
            Issue(
                (KEY,),
                f"{KEY} is written in the clear; encrypt it with {command}, and make a new key if others may have read this one",
            )
        )
    try:
        settings = validate(RegistrationSettings, values, origin, secret)
    except SettingsError as wrong:
        raise SettingsError([*wrong.issues, *faults], origin) from None
    if faults:
        raise SettingsError(faults, origin)
    return settings
