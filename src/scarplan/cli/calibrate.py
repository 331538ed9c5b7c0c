"""`scarplan calibrate`: fit the population to the published trials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from scarplan.cli.verb import verb_command


def show_calibration(result: dict[str, Any]) -> str:
    """Return whether the sampler did its work, and where the posterior lies."""
    found = result["diagnostics"]
    verdict = "pass" if found["passes"] else "FAIL: do not use this posterior"
    return "\n".join(
        [
            f"{result['rows']} figures of {result['trials']} trials fitted.",
            f"Diagnostics {verdict}: largest R-hat {found['largest_r_hat']:.3f}, least effective size "
            f"{found['least_effective_size']:.0f}, divergences {found['divergences']}.",
            f"Emulator: mean error {result['emulator']['error_of_rows']:.1f} points over the rows.",
            f"Written to {result['folder']}. Open calibration.html there; use it with `scarplan predict --posterior`.",
        ]
    )


@verb_command("calibrate", example="scarplan calibrate myfit", show=show_calibration)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", type=click.IntRange(min=0), default=20, show_default=True, help="Seed of the sampler.")
@click.option("--simulate", is_flag=True, help="Simulate the virtual patients anew for the emulator.")
@click.option("--replace", is_flag=True, help="Replace the posterior that FOLDER holds.")
def command(folder: Path, seed: int, simulate: bool, replace: bool, progress: Any) -> dict[str, Any]:
    """Fit the population to the published trials; write posterior and diagnostics into FOLDER.

    The program goes on using the posterior that it was shipped with, until another one is given to it.
    """
    from scarplan.workflow.calibrate import calibrate_population

    return calibrate_population(folder, seed=seed, simulate=simulate, replace=replace, progress=progress)
