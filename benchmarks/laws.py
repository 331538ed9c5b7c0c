"""Write in which share of draws the laws with figures hold: `uv run python benchmarks/laws.py`, then docs/generate.py.

The figures are those of tests/response/law_figures.py, with the priors as they are and with the shipped posterior. The
result is `benchmarks/laws.json`, from which `docs/explain/laws.md` is made; a test compares it with what it computes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

PLACE = Path(__file__).with_suffix(".json")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "response"))


def main() -> None:
    """Compute every figure twice and write the table."""
    from law_figures import COUNT, Laboratory, law_figures, of_posterior

    from scarplan.calibration.posterior import read_posterior

    posterior = read_posterior()
    prior_rows = law_figures(Laboratory())
    fitted_rows = law_figures(Laboratory(change=of_posterior(posterior)))
    rows = [
        {
            "law": prior.law,
            "what": prior.what,
            "asked_of": prior.asked_of,
            "prior": {"share": round(prior.share, 3), "middle": prior.middle},
            "posterior": {"share": round(fitted.share, 3), "middle": fitted.middle},
        }
        for prior, fitted in zip(prior_rows, fitted_rows, strict=True)
    ]
    rows.sort(key=lambda row: row["law"])
    about = {"draws": COUNT, "posterior_sha256": posterior.about["sha256"], "rows": rows}
    PLACE.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
