"""Progress on standard error: a bar on a terminal, one line a step elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Callable[[str, float], None]]:
    """Give a callable of (step in words, fraction done) that shows where the work stands."""
    if quiet:
        yield lambda step, fraction: None
    elif sys.stderr.isatty():
        yield from _show_bar()
    else:
        yield from _show_lines()


def _show_bar() -> Iterator[Callable[[str, float], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<44}"), BarColumn(bar_width=30), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)
        yield lambda step, fraction: bar.update(task, description=step, completed=fraction)


def _show_lines() -> Iterator[Callable[[str, float], None]]:
    last = ""

    def show(step: str, fraction: float) -> None:
        nonlocal last
        if step != last:
            print(f"[{fraction:4.0%}] {step}", file=sys.stderr, flush=True)
            last = step

    yield show
