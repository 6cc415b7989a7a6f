"""The Pulumi program: this stack's pack registry and its outputs."""

import gc

# The program lives for a second and makes little garbage; to look for it costs a fifth of a preview.
gc.disable()

import pulumi  # noqa: E402

from components import PackRegistry  # noqa: E402
from components.debug_log import keep_values_out  # noqa: E402
from components.ending import end_with_the_reason  # noqa: E402
from settings import stack_arguments  # noqa: E402

end_with_the_reason()
keep_values_out()
registry = PackRegistry("registry", stack_arguments())
for name, value in registry.outputs.items():
    pulumi.export(name, value)

gc.freeze()  # nor is anything that is loaded by now looked through at the end
