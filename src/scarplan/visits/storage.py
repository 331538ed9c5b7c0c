"""`compare.npz`: the follow-up laid over the baseline, and the map of differences, of each chart."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from scarplan.errors import BadInput
from scarplan.scars.storage import array_name
from scarplan.visits.register import Registration

_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_COMPRESSION = 1


@dataclass(frozen=True)
class LaidOver:
    """What is kept of a registration, on the grid of a chart of the baseline; heights in mm, NaN where not seen."""

    after_mm: Float[np.ndarray, "y x"]
    difference_mm: Float[np.ndarray, "y x"]
    after_labels: Int[np.ndarray, "y x"]


def write_laid_over(registrations: Mapping[str, Registration]) -> bytes:
    """Return the bytes of `compare.npz`; the same registrations give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_COMPRESSION) as archive:
        for chart, one in registrations.items():
            for what, array in (
                ("after_mm", one.after_on_before_mm.astype(np.float32)),
                ("difference_mm", one.difference_mm.astype(np.float32)),
                ("after_labels", one.after_labels.astype(np.int32)),
            ):
                member = io.BytesIO()
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
                name = zipfile.ZipInfo(f"{array_name(what, chart)}.npy", _FIXED_TIME)
                archive.writestr(name, member.getvalue(), zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def read_laid_over(path: Path, chart: str) -> LaidOver | None:
    """Return what is kept of one chart; None where the follow-up did not show it. Raises BadInput when damaged."""
    try:
        with np.load(path, allow_pickle=False) as data:
            if array_name("after_mm", chart) not in data:
                return None
            names = ("after_mm", "difference_mm", "after_labels")
            return LaidOver(*(data[array_name(name, chart)] for name in names))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        raise BadInput(
            f"{path} is missing or damaged", code="E-VISIT-003", do="run `scarplan compare BASELINE CASE` again"
        ) from None
