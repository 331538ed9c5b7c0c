"""`scarplan template`: a valid example of an input file."""

from __future__ import annotations

import sys

import click

from scarplan.cli.output import print_result
from scarplan.errors import ScarplanError


@click.command("template", epilog="Example: scarplan template patient > patient.toml")
@click.argument("name")
@click.option("--kind", "scar_kind", help="Goals for this kind of scar: rolling, boxcar, icepick or any.")
@click.option("--skin-type", type=int, help="Goals for this skin type, 1 to 6 (left away: not known).")
@click.option("--zone", help="Goals for this zone, for example cheek or temple.")
def command(name: str, scar_kind: str | None, skin_type: int | None, zone: str | None) -> None:
    """Print a valid, commented example of an input file.

    One of: patient, goals, assessment, outcomes, protocol, device, capture, study, zones, phantom, scanner,
    session, adverse-event, decision.

    Goals come with numbers that needling can reach, and their sources, by --kind, --skin-type and --zone.
    """
    from scarplan.workflow.template import print_template

    try:
        text = print_template(name, scar_kind=scar_kind, skin_type=skin_type, zone=zone)
        print_result(text.rstrip("\n"))
    except ScarplanError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(error.exit_code)
