"""How PEM changes on its way into a setting, and stays readable or becomes damaged."""

from __future__ import annotations

import base64
import re
import textwrap
from collections.abc import Callable

Change = Callable[[str], str]

PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
REQUEST = "-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n"


def rewrapped(text: str, columns: int) -> str:
    """Return PEM with lines of another length."""

    def wrapped(block: re.Match[str]) -> str:
        return "\n".join([block[1], *textwrap.wrap("".join(block[2].split()), columns), block[3]])

    return re.sub(r"(-----B.+?-----)(.+?)(-----E.+?-----)", wrapped, text, flags=re.DOTALL)


FORMS: dict[str, Change] = {
    "standard": lambda text: text,
    "no final newline": lambda text: text.rstrip("\n"),
    "byte order mark": lambda text: f"\ufeff{text}",
    "no line end between blocks": lambda text: text.replace("-----\n-----", "----------"),
    "indentation": lambda text: "".join(f"    {line}\n" for line in text.splitlines()),
    "tabs": lambda text: "".join(f"\t{line}\n" for line in text.splitlines()),
    "one line": lambda text: text.replace("\n", ""),
    "one line with spaces": lambda text: text.replace("\n", " "),
    "long lines": lambda text: re.sub(r"(?<=[\w+/=])\n(?=[\w+/=])", "", text),
    "CR line ends": lambda text: text.replace("\n", "\r"),
    "CR LF line ends": lambda text: text.replace("\n", "\r\n"),
    "spaces at line ends": lambda text: text.replace("\n", "  \n"),
    "no-break spaces": lambda text: text.replace("\n", "\u00a0\n"),
    "quotes": lambda text: f'"{text}"',
    "attributes": lambda text: f"Bag Attributes\n    localKeyID: 01\nsubject=CN = x\n{text}\nend",
    "headers": lambda text: text.replace("-----\nM", "-----\nComment: mine\n\nM"),
    "unequal lines": lambda text: f"{text[:60]}\n{text[60:]}",
    "76 columns": lambda text: rewrapped(text, 76),
    "1 column": lambda text: rewrapped(text, 1),
    "empty lines": lambda text: text.replace("\n", "\n\n"),
    "empty first line": lambda text: text.replace("-----\nM", "-----\n\nM"),
    "CR CR LF line ends": lambda text: text.replace("\n", "\r\r\n"),
    "CR LF after byte order mark": lambda text: "\ufeff" + text.replace("\n", "\r\n"),
    "byte order mark before each block": lambda text: text.replace("-----B", "\ufeff-----B"),
    "byte order mark in Latin-1": lambda text: f"\u00ef\u00bb\u00bf{text}",
    "zero-width spaces": lambda text: text.replace("\n", "\u200b\n"),
    "zero-width space in a first line": lambda text: text.replace("-----B", "-----\u200bB"),
    "word joiners": lambda text: text.replace("\n", "\u2060\n"),
    "soft hyphens": lambda text: text.replace("\n", "\u00ad\n"),
    "figure spaces": lambda text: text.replace("\n", "\u2007\n"),
    "ideographic indentation": lambda text: "".join(f"\u3000{x}\n" for x in text.splitlines()),
    "line separators": lambda text: text.replace("\n", "\u2028"),
    "next lines": lambda text: text.replace("\n", "\u0085"),
    "form feeds": lambda text: text.replace("\n", "\f"),
    "NUL": lambda text: text.replace("\n", "\0\n"),
    "end of a DOS file": lambda text: f"{text}\x1a",
    "escaped line ends": lambda text: text.replace("\n", r"\n"),
    "escaped line ends twice": lambda text: text.replace("\n", r"\\n"),
    "escaped CR LF line ends": lambda text: text.replace("\n", r"\r\n"),
    "quotes and escaped line ends": lambda text: f'"{text}"'.replace("\n", r"\n"),
    "continued lines": lambda text: text.replace("\n", "\\\n"),
    "typographic quotes": lambda text: f"\u201c{text}\u201d",
    "block scalar": lambda text: "|\n" + "".join(f"  {line}\n" for line in text.splitlines()),
    "subject and issuer": lambda text: text.replace("-----B", "subject=CN = x\nissuer=x\n-----B"),
    "friendly name": lambda text: text.replace(
        "-----B", "friendlyName: M\u00fcller \x96 x\n-----B"
    ),
    "parameters": lambda text: PARAMETERS + text,
    "request": lambda text: REQUEST + text,
    "revocation list": lambda text: text + REQUEST.replace("CERTIFICATE REQUEST", "X509 CRL"),
}
"""How a text becomes unusual."""

DAMAGED: dict[str, Change] = {
    "no end": lambda text: text[:-40],
    "no beginning": lambda text: text.partition("\n")[2],
    "four dashes": lambda text: text.replace("-----", "----"),
    "one dash less": lambda text: text.rstrip()[:-1],
    "six dashes": lambda text: text.replace("-----", "------"),
    "en dashes": lambda text: text.replace("-----", "\u2013" * 5),
    "em dash and dash": lambda text: text.replace("-----", "\u2014-"),
    "no-break hyphens": lambda text: text.replace("-----", "\u2011" * 5),
    "space after dashes": lambda text: text.replace("-----B", "----- B"),
    "lower case": lambda text: text.lower(),
    "other last line": lambda text: text.replace("END", "END OF"),
    "two first lines": lambda text: text.partition("\n")[0] + "\n" + text,
    "truncated before a whole one": lambda text: text[:100] + text,
    "quoted mail": lambda text: "".join(f"> {line}\n" for line in text.splitlines()),
    "line numbers": lambda text: "".join(f"{i} {x}\n" for i, x in enumerate(text.splitlines())),
    "difference": lambda text: "".join(f"+{line}\n" for line in text.splitlines()),
    "escaped for a URL": lambda text: text.replace("\n", "%0A"),
    "HTML line ends": lambda text: text.replace("\n", "<br>"),
    "comment inside": lambda text: text.replace("-----\nM", "-----\n# mine\nM"),
    "Cyrillic letter": lambda text: text.replace("M", "\u041c", 1),
    "semicolons": lambda text: text.replace("-----\n", "-----;\n"),
    "base64 of all": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 alone": lambda text: "".join(text.split("-----")[2].split()),
    "garbage": lambda text: text[:28] + "MIIB" + text[text.index("\n-----END") :],
}
"""How a text becomes unreadable."""
