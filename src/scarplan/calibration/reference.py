"""Predictions of another model for the same rows, to compare with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from scarplan.calibration.score import score_row
from scarplan.calibration.targets import Target
from scarplan.errors import BadInput


def score_reference(path: str | Path, targets: Sequence[Target]) -> dict[str, float]:
    """Return the CRPS in points of each target (by id) that the predictions in the file `path` have draws for."""
    try:
        content = json.loads(Path(path).read_text("utf-8"))
        rows = content["rows"] if isinstance(content, dict) else content
        draws = {str(row["id"]): row["draws"] for row in rows if row.get("draws")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            "the predictions to compare with cannot be read",
            code="E-CALI-011",
            got=f"{path}: {error}",
            allowed='a JSON object with "rows", each with "id" and "draws"',
            do="give the file of another model's predictions, as `predict --json` prints them",
        ) from error
    return {target.id: score_row(target, draws[target.id]).crps for target in targets if target.id in draws}
