"""The group of commands. A command's file is imported only when it is called, so that `--help` is fast."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version

import click

#: Command -> (module of this folder, one line of help). In the order in which a course is worked.
COMMANDS = {
    "demo": ("demo", "Run the whole way on a phantom cheek with known scars."),
    "sheets": ("sheets", "Write blank sheets for paper, for use before any computer."),
    "commission": ("commission", "Find out what a scanner can be trusted with; a page to sign."),
    "new-patient": ("new_patient", "Ask the screening questions, or write a form to fill."),
    "screen": ("screen", "Is this patient suitable?"),
    "photo": ("photo", "Keep dated photographs, mark scars on them, compare dates."),
    "zones": ("zones", "Pick the zones of a face on its mesh, before scan."),
    "scan": ("scan", "Read a 3-D scan of skin into a case."),
    "scars": ("scars", "Find and measure the scars of the scan."),
    "compare": ("compare", "Compare two visits: which scars changed by more than error."),
    "texture": ("texture", "Measure how rough the scar-free skin is (ISO 25178)."),
    "assess": ("assess", "Examine without a scanner: flat marks, counts by zone, grades."),
    "plan": ("plan", "Plan the course: settings per zone, sessions, interval, reasons."),
    "forecast": ("forecast", "Forecast the healed surface, with intervals."),
    "approve": ("approve", "Approve a plan with name and role."),
    "schedule": ("schedule", "Write the days of a course as a calendar (.ics)."),
    "session": ("session", "Record a session; show planned beside delivered."),
    "update": ("update", "Learn from a follow-up scan how this patient answers; forecast anew."),
    "replan": ("replan", "Plan the rest of a course from what was learned."),
    "replay": ("replay", "Make every kept forecast again and compare."),
    "outcomes": ("outcomes", "Keep what the patient says about the scars at each visit."),
    "report": ("report", "Write the report as one HTML page, or PDF."),
    "export": ("export", "Write relief or scars for another program (X3P, PLY, CSV, ...)."),
    "repeatability": ("repeatability", "Judge repeated scans: ICC, detectable change, scars found again."),
    "blind": ("blind", "Give pictures random codes for raters; join their scores with the key."),
    "study": ("study", "Analyse a study as it was declared: split face or parallel groups."),
    "calibrate": ("calibrate", "Fit the population to the published trials."),
    "predict": ("predict", "Predict trial arms that the model never saw."),
    "validate": ("validate", "Predict each published trial from all others; hits and misses."),
    "explain": ("explain", "Walk from a printed number to its source."),
    "cite": ("cite", "List the sources that this case used."),
    "devices": ("devices", "List the needling devices and what is known of them."),
    "uses": ("uses", "What needling is used for, and what is done about each here."),
    "template": ("template", "Print a valid example of an input file."),
    "schema": ("schema", "Print what an input file may hold, as JSON schema."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in working order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        return import_module(f"scarplan.cli.{COMMANDS[cmd_name][0]}").command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command when there is none of that name."""
        import difflib

        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no command '{name}'.{hint} `scarplan --help` lists them.")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Decision support for professionals; research and education; not a cleared medical device.",
)
@click.version_option(version("scarplan"), prog_name="scarplan")
def main() -> None:
    """Treatment planning for microneedling of scars: screen, scan, scars, plan, forecast, report.

    Start with `scarplan demo`. Each step reads and writes a case folder.
    """
