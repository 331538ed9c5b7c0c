"""`scarplan new-patient`: the screening questions one by one, or a form to fill."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scarplan.cli.ask import ask_on_terminal
from scarplan.cli.verb import CASE, verb_command


def show_new_patient(result: dict[str, Any]) -> str:
    """Return where the answers lie and how many questions are left."""
    if result["file"] is None:
        return "Nothing was written: the patient's id and birth year are needed first."
    left = len(result["questions_left"])
    if left:
        return f"Wrote {result['file']}; {left} questions left: fill them in, or run the same command again."
    return f"Wrote {result['file']}. Next: scarplan screen CASE --patient {result['file']}"


@verb_command("new-patient", example="scarplan new-patient patient.toml", show=show_new_patient)
@click.argument("file", type=CASE, default="patient.toml")
@click.option("--template", is_flag=True, help="Write the form with every question, to be filled in an editor.")
@click.option("--replace", is_flag=True, help="With --template: replace a file that exists.")
def command(file: str, template: bool, replace: bool, progress: Any) -> dict[str, Any]:
    """Ask the screening questions one by one and write them to FILE, or write the form to fill.

    Enter means not known, `?` says why it is asked, `stop` ends for now; the same command goes on later.
    """
    from scarplan.workflow.new_patient import new_patient, write_template

    if template:
        return write_template(Path(file), replace=replace)
    return new_patient(file, ask=ask_on_terminal)
