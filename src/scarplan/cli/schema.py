"""`scarplan schema`: what an input file may hold."""

from __future__ import annotations

import sys

import click

from scarplan.canonical import dump_json
from scarplan.cli.output import print_result
from scarplan.errors import ScarplanError


@click.command("schema", epilog="Example: scarplan schema patient")
@click.argument("name")
def command(name: str) -> None:
    """Print the JSON schema of an input file.

    One of: patient, goals, assessment, outcomes, protocol, device, capture, study, zones, phantom, scanner,
    session, adverse-event, decision.
    """
    from scarplan.workflow.template import describe_schema

    try:
        print_result(dump_json(describe_schema(name), indent=2))
    except ScarplanError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
