"""Values of make variables that run a command, or break a line, if make or a shell reads them."""

HOSTILE = [
    "'; touch x; '",
    '"; touch x; "',
    "$(touch x)",
    "$(shell touch x)",
    "$$(touch x)",
    "${HOME}",
    "`touch x`",
    "a\nb\n\ttouch x",
    "a b",
    "a#b",
    "\\",
    "ü",
    "",
]
