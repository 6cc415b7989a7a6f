"""Entry point of the Pulumi program: the pack registry of the current stack and its outputs."""

import gc

# The program lives for a second and makes little garbage. Collection costs a fifth of a preview.
gc.disable()

from common.pulumi_runtime import (  # noqa: E402
    exit_quietly_after_user_errors,
    redact_output,
)
from components.program import program  # noqa: E402

exit_quietly_after_user_errors()
redact_output()
program()

gc.freeze()  # so that the collection at exit skips what is loaded
