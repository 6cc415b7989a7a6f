"""A small terminal: it turns the output of a program into the lines that a person sees at the end.

It knows what Pulumi's display uses: carriage return, line feed, cursor movement, erasing, colors.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path

SEQUENCE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[([0-9;?]*)([A-Za-z])|\x1b[^\[\]]|(\r)|(\n)|(\x08)"
)
"""An operating system command, a control sequence, another escape, or one control character."""


class Screen:
    """Lines of characters, each with the color sequence that applies to it."""

    def __init__(self) -> None:
        self.lines: list[list[tuple[str, str]]] = [[]]
        self.row = self.column = 0
        self.style = ""

    def write(self, text: str) -> None:
        """Interpret a program's output."""
        position = 0
        for found in SEQUENCE.finditer(text):
            self._put(text[position : found.start()])
            self._control(found)
            position = found.end()
        self._put(text[position:])

    def ansi(self) -> str:
        """The lines with their colors, without trailing spaces."""
        return "\n".join(self._line(line) for line in self.lines).rstrip("\n")

    def _put(self, text: str) -> None:
        line = self.lines[self.row]
        line.extend([(" ", "")] * (self.column - len(line)))
        line[self.column : self.column + len(text)] = [(letter, self.style) for letter in text]
        self.column += len(text)

    def _control(self, found: re.Match[str]) -> None:
        parameters, command, carriage_return, line_feed, backspace = found.groups()
        if carriage_return:
            self.column = 0
        elif line_feed:
            self._move(self.row + 1, 0)
        elif backspace:
            self.column = max(self.column - 1, 0)
        elif command == "m":
            self.style = "" if parameters in {"", "0"} else f"{self.style}\x1b[{parameters}m"
        elif command:
            self._edit(command, parameters)

    def _edit(self, command: str, parameters: str) -> None:
        number = int(parameters) if parameters.isdecimal() else 1
        if command == "A":
            self._move(self.row - number, self.column)
        elif command == "B":
            self._move(self.row + number, self.column)
        elif command == "C":
            self.column += number
        elif command == "D":
            self.column = max(self.column - number, 0)
        elif command == "G":
            self.column = number - 1
        elif command == "K":
            # 2 erases the whole line; without a number, the rest of it.
            del self.lines[self.row][0 if parameters == "2" else self.column :]
        elif command == "J":
            del self.lines[self.row][self.column :]
            del self.lines[self.row + 1 :]

    def _move(self, row: int, column: int) -> None:
        self.row, self.column = max(row, 0), column
        self.lines.extend([] for _ in range(self.row + 1 - len(self.lines)))

    @staticmethod
    def _line(line: list[tuple[str, str]]) -> str:
        text, current = "", ""
        for letter, style in line:
            if style != current:
                text += f"\x1b[0m{style}"
                current = style
            text += letter
        return text.rstrip() + ("\x1b[0m" if current else "")


def record(
    command: Sequence[str], directory: Path, environment: Mapping[str, str], size: tuple[int, int]
) -> tuple[int, str]:
    """Run a command on a new terminal.

    :param size: lines and columns.
    :return: the exit code and everything that the command wrote.
    """
    terminal, program = pty.openpty()
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    with subprocess.Popen(
        command, cwd=directory, env=environment, stdin=program, stdout=program, stderr=program
    ) as process:
        os.close(program)
        written = b""
        while chunk := _read(terminal):
            written += chunk
            if b"\x1b[6n" in chunk:
                os.write(terminal, b"\x1b[1;1R")  # the program asks where the cursor is
    os.close(terminal)
    return process.returncode, written.decode(errors="replace")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux reports the end of the program so
        return b""
