"""Simulation-based calibration of the fit: are ranks of the truth even?

    uv run --no-sync python benchmarks/calibration_check.py FOLDER [--fits 100] [--part 0 --parts 2] [--only-judge]

Each fit draws parameters from their priors and figures for the arms of the published trials, and fits them. The ranks
of each fit are kept in FOLDER, one file for each, with a hash of what they hang on: a run that was stopped goes on
where it was, and parts may run side by side. Prints the histogram of ranks of each parameter with the band that 99 % of
even histograms keep to.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np

from scarplan.calibration.data_of_fit import make_fit_data
from scarplan.calibration.effects import effect_names
from scarplan.calibration.fit import DEEPEST_TREE, Fitter
from scarplan.calibration.leave_out import MODEL_EDITION
from scarplan.calibration.pigment import pigment_names
from scarplan.calibration.posterior import read_posterior
from scarplan.calibration.simulated_trials import judge_ranks, ranks_of, simulate_trials
from scarplan.canonical import hash_content
from scarplan.evidence.trials import all_trials
from scarplan.workflow.calibrate import hash_quantities

DRAWS, LET_GO, LEVELS = 90, 40, 49
_NAMES = {"effects": effect_names, "pigment_effects": pigment_names}


def main() -> None:
    """Run what is missing of the fits of this part, then judge all that are kept."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="where the ranks of each fit are kept")
    parser.add_argument("--fits", type=int, default=100)
    parser.add_argument("--part", type=int, default=0, help="which of the parts this process makes")
    parser.add_argument("--parts", type=int, default=1)
    parser.add_argument("--only-judge", action="store_true", help="make no fit, judge those that are kept")
    told = parser.parse_args()
    told.folder.mkdir(parents=True, exist_ok=True)
    posterior = read_posterior()
    content = [posterior.about["sha256"], hash_quantities(), MODEL_EDITION, DRAWS, LET_GO, LEVELS]
    key = hash_content(content)
    if not told.only_judge:
        _fit_part(told.folder, key, range(told.part, told.fits, told.parts))
    _judge([kept for number in range(told.fits) if (kept := _read(_place(told.folder, number), key))])


def _place(folder: Path, number: int) -> Path:
    return folder / f"fit-{number:03d}.json"


def _read(place: Path, key: str) -> dict | None:
    try:
        kept = json.loads(place.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return kept if kept["key"] == key else None


def _fit_part(folder: Path, key: str, numbers: range) -> None:
    missing = [number for number in numbers if _read(_place(folder, number), key) is None]
    if not missing:
        return
    data = make_fit_data(all_trials().values(), read_posterior().emulator)
    fitter = Fitter(data, seed=3, deepest_tree=DEEPEST_TREE)
    fitter.fit_all()
    for number in missing:
        start = time.process_time()
        made = simulate_trials(data, seed=number)
        sampled = fitter.fit_figures(made.figures, number=number, draws=DRAWS, let_go=LET_GO)
        ranks = {name: value.tolist() for name, value in ranks_of(made.truth, sampled.draws, levels=LEVELS).items()}
        kept = {"key": key, "number": number, "cpu_s": time.process_time() - start, "ranks": ranks}
        half_written = _place(folder, number).with_suffix(".part")
        half_written.write_text(json.dumps(kept), "utf-8")
        half_written.replace(_place(folder, number))
        print(f"fit {number}: {kept['cpu_s']:.1f} s of CPU", flush=True)


def _judge(fits: list[dict]) -> None:
    if not fits:
        print("no fit is kept")
        return
    seconds = np.mean([kept["cpu_s"] for kept in fits])
    print(f"{len(fits)} fits, {seconds:.1f} s of CPU each, ranks 0 to {LEVELS}")
    even = total = 0
    for name in fits[0]["ranks"]:
        table = np.array([kept["ranks"][name] for kept in fits])
        verdicts = [judge_ranks(column, levels=LEVELS) for column in table.T]
        told = verdicts[0]["counts"] if len(verdicts) == 1 else ""
        kept = sum(verdict["even"] for verdict in verdicts)
        even, total = even + kept, total + len(verdicts)
        print(f"{name:22s} even {kept} of {len(verdicts)}  {told} band {verdicts[0]['low']}-{verdicts[0]['high']}")
        if name in _NAMES:
            for one, verdict in zip(_NAMES[name](), verdicts, strict=True):
                if not verdict["even"]:
                    print(f"    {one}: {verdict['counts']}")
    print(f"{even} of {total} histograms inside their 99 % band; {0.01 * total:.1f} are outside by chance")


if __name__ == "__main__":
    main()
