"""The policy pack: rules that a preview or an update of a stack is held against."""
