"""The Pulumi program as the CLI runs it: this stack's pack registry and its outputs."""

import gc

# The program lives for a second and makes little garbage; to look for it costs a fifth of a preview.
gc.disable()

from components.debug_log import keep_values_out  # noqa: E402
from components.ending import end_with_the_reason  # noqa: E402
from program import program  # noqa: E402

end_with_the_reason()
keep_values_out()
program()

gc.freeze()  # nor is anything that is loaded by now looked through at the end
