"""The Pulumi program as the CLI runs it: this stack's pack registry and its outputs."""

import gc

# The program lives for a second and makes little garbage; to look for it costs a fifth of a preview.
gc.disable()

from common.pulumi_runtime import (
    exit_quietly_after_user_errors,  # noqa: E402
    redact_debug_log,  # noqa: E402
)
from components.program import program  # noqa: E402

exit_quietly_after_user_errors()
redact_debug_log()
program()

gc.freeze()  # nor is anything that is loaded by now looked through at the end
