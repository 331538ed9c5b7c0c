"""Ask on the terminal: a question on standard error, the answer from standard input."""

from __future__ import annotations

import click


def ask_on_terminal(text: str) -> str:
    """Show a question on standard error and return the line typed; the end of input means stop."""
    click.echo(text, err=True, nl=not text.endswith(" "))
    try:
        return input()
    except EOFError:
        return "stop"
