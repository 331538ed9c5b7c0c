"""Standard output: the result, whole and in UTF-8, also when its reader has gone."""

from __future__ import annotations

import io
import os
import sys


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
