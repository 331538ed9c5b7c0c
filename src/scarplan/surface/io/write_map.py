"""One chart as a file for other programs: NPY, TIFF, X3P or points as text; heights and nothing else.

No date, no name, no zone goes into any of them: what is not written cannot tell who it was.
"""

from __future__ import annotations

import io

import numpy as np

from scarplan.surface.surface import Surface
from scarplan.units import MM_PER_UNIT

#: Digits of a point as text: a tenth of a micrometre.
_POINT_FORMAT = "%.4f"


def write_npy(chart: Surface) -> bytes:
    """Return the heights (mm, single precision, NaN where not seen) as NPY."""
    stream = io.BytesIO()
    np.save(stream, _heights(chart).astype(np.float32), allow_pickle=False)
    return stream.getvalue()


def write_tiff(chart: Surface) -> bytes:
    """Return the heights (mm, 32 bit, NaN where not seen) as TIFF, its resolution tags set to the spacing."""
    import tifffile  # loaded only when a TIFF is written: starting stays fast

    stream = io.BytesIO()
    per_cm = MM_PER_UNIT["cm"] / chart.pixel_mm
    tifffile.imwrite(
        stream, _heights(chart).astype(np.float32), resolution=(per_cm, per_cm), resolutionunit="CENTIMETER",
        software=False, metadata=None,
    )  # fmt: skip
    return stream.getvalue()


def write_x3p(chart: Surface) -> bytes:
    """Return the heights as X3P (ISO 25178-72): metres, double precision, right checksums, without its metadata."""
    import x3pio

    step = chart.pixel_mm / MM_PER_UNIT["m"]
    # Readers in use (SurfaceTopography among them) open this revision only; the files are alike but for its name.
    surface = x3pio.Surface.from_array(
        _heights(chart) / MM_PER_UNIT["m"], x_scale=step, y_scale=step, revision=x3pio.Revision.ISO5436_2000
    )
    surface.metadata = None  # it would hold the time of day
    stream = io.BytesIO()
    surface.save(stream)
    return stream.getvalue()


def write_xyz(chart: Surface) -> bytes:
    """Return the points seen as text: x, y and height in mm, one per line; x = column, y = row times the spacing."""
    rows, columns = np.nonzero(chart.valid)
    points = np.column_stack([columns * chart.pixel_mm, rows * chart.pixel_mm, chart.relief_mm[rows, columns]])
    stream = io.StringIO()
    np.savetxt(stream, points, fmt=_POINT_FORMAT, header="x_mm y_mm height_mm")
    return stream.getvalue().encode()


def _heights(chart: Surface) -> np.ndarray:
    return np.where(chart.valid, chart.relief_mm, np.nan)
