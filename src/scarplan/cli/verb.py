"""What every command shares: `--json`, `--quiet`, progress, errors in words and exit codes.

Exit codes: 0 done; 2 bad input, bad usage or a missing earlier step; 3 refused on purpose; 1 only a defect.
Standard output holds the result; everything else goes to standard error.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from scarplan.canonical import dump_json
from scarplan.cli.output import print_for_people, print_result
from scarplan.cli.progress import show_progress
from scarplan.errors import Refused, ScarplanError

CASE = click.Path(file_okay=True, dir_okay=True, path_type=str)


def verb_command(
    name: str,
    *,
    example: str,
    show: Callable[[dict[str, Any]], str],
    draw: Callable[[dict[str, Any]], None] | None = None,
) -> Callable[[Callable[..., dict[str, Any]]], click.Command]:
    """Make a click command of a function that returns the result of a verb.

    The function takes its options and a `progress`; `show` turns the result into text for people. `draw` is given the
    options and writes a picture: where `--figure` asks for it, and without `--json` unless `--no-figure` is said.
    """

    def decorate(function: Callable[..., dict[str, Any]]) -> click.Command:
        @functools.wraps(function)
        def run(*, as_json: bool, quiet: bool, **options: Any) -> None:
            raise SystemExit(_run(function, show, draw, as_json=as_json, quiet=quiet, options=options))

        options = [
            click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object."),
            click.option("-q", "--quiet", is_flag=True, help="Show no progress."),
        ]
        for option in options:
            run = option(run)
        return click.command(name, epilog=f"Example: {example}")(run)

    return decorate


def _run(
    function: Callable[..., dict[str, Any]],
    show: Callable[[dict[str, Any]], str],
    draw: Callable[[dict[str, Any]], None] | None,
    *,
    as_json: bool,
    quiet: bool,
    options: dict[str, Any],
) -> int:
    try:
        with show_progress(quiet=quiet) as progress:
            result = function(progress=progress, **options)
            wanted = options.get("figure")
            if draw is not None and (wanted or (wanted is None and not as_json)):
                progress("drawing the figure", 1.0)
                draw(options)
    except Refused as refusal:
        if as_json:
            print_result(dump_json({**refusal.result, "refused": {"reason": refusal.reason, "do": refusal.do}}))
        click.echo(str(refusal), err=True)
        return refusal.exit_code
    except ScarplanError as error:
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    if as_json:
        print_result(dump_json(result))
    else:
        print_for_people(show(result))
    return 0
