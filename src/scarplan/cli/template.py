"""`scarplan template`: a valid example of an input file."""

from __future__ import annotations

import sys

import click

from scarplan.cli.output import print_result
from scarplan.errors import ScarplanError


@click.command("template", epilog="Example: scarplan template patient > patient.toml")
@click.argument("name")
def command(name: str) -> None:
    """Print a valid, commented example of an input file.

    One of: patient, goals, assessment, outcomes, protocol, device, capture, study, zones, phantom, scanner.
    """
    from scarplan.workflow.template import print_template

    try:
        print_result(print_template(name).rstrip("\n"))
    except ScarplanError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
