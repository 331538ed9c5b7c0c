"""Standard output: the result, whole and in UTF-8, also when its reader has gone."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import textwrap

#: `  Label      text`, or `- text`: where the lines that follow the first one begin.
_HANGING = re.compile(r"  \S+ {2,}|\s*- |\s*")
#: The space between a number and its unit, where no line ends.
_IN_A_NUMBER = re.compile(r"(?<=\d) (?=%|mm\b|cm2\b)")


def print_result(text: str) -> None:
    """Print `text`. A reader that has gone (`head`, `less`) is no fault and stays without a word."""
    # Not every terminal speaks UTF-8, and JSON is UTF-8 everywhere.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # What is still buffered would be written at exit and fail again: let it go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_for_people(text: str) -> None:
    """Print `text`, broken between words where the reader is a terminal; in a file or a pipe a line stays one line."""
    print_result(fold_lines(text, shutil.get_terminal_size().columns) if sys.stdout.isatty() else text)


def fold_lines(text: str, width: int) -> str:
    """Return `text` with no line longer than `width` characters, save for single words; what follows is indented."""
    return "\n".join(_fold(line, width) for line in text.splitlines())


def _fold(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    hanging = _HANGING.match(line)
    indent = len(hanging.group()) if hanging else 0
    folded = textwrap.fill(
        _IN_A_NUMBER.sub("\N{NO-BREAK SPACE}", line),
        width,
        subsequent_indent=" " * (indent or 2),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return folded.replace("\N{NO-BREAK SPACE}", " ")
