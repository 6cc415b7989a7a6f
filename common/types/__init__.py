"""Named types of settings: each has its format, its normal form and its documentation once.

A module for each domain. Functions that inspect a value of a type (``is_ip``) live next to the
type. What conflicts with what does not belong here: it needs more than one setting.
"""
