"""One module per Pulumi provider: its resource inputs and the functions that create resources.

Inputs are validated completely before anything is created. Unknown inputs are rejected. The order
in which resources are created belongs to the engine (``trial/engine.py``).
"""
