"""Simulation-based calibration of the fit: are ranks of the truth even?

    uv run --no-sync python benchmarks/calibration_check.py [--fits 100]

Each fit draws parameters from their priors and figures for the arms of the published trials, and fits them. Prints the
histogram of ranks of groups of parameters with the band that 99 % of even histograms keep to.
"""

import argparse
import time

import numpy as np

from scarplan.calibration.data_of_fit import make_fit_data
from scarplan.calibration.fit import DEEPEST_TREE, Fitter
from scarplan.calibration.posterior import read_posterior
from scarplan.calibration.simulated_trials import judge_ranks, ranks_of, simulate_trials
from scarplan.evidence.trials import all_trials

DRAWS, LET_GO, LEVELS = 90, 40, 49


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--fits", type=int, default=100)
    fits = parser.parse_args().fits
    data = make_fit_data(all_trials().values(), read_posterior().emulator)
    fitter = Fitter(data, seed=3, deepest_tree=DEEPEST_TREE)
    fitter.fit_all()
    found: dict[str, list] = {}
    start = time.process_time()
    for number in range(fits):
        made = simulate_trials(data, seed=number)
        sampled = fitter.fit_figures(made.figures, number=number, draws=DRAWS, let_go=LET_GO)
        for name, ranks in ranks_of(made.truth, sampled.draws, levels=LEVELS).items():
            found.setdefault(name, []).append(ranks)
    print(f"{fits} fits, {(time.process_time() - start) / fits:.1f} s of CPU each, ranks 0 to {LEVELS}")
    for name, ranks in found.items():
        table = np.array(ranks)
        verdicts = [judge_ranks(column, levels=LEVELS) for column in table.T]
        told = verdicts[0]["counts"] if table.shape[1] == 1 else ""
        kept = sum(verdict["even"] for verdict in verdicts)
        print(f"{name:22s} even {kept} of {table.shape[1]}  {told} band {verdicts[0]['low']}-{verdicts[0]['high']}")


if __name__ == "__main__":
    main()
