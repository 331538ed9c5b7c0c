"""Files of instruments (Sensofar, Keyence, Alicona, Digital Surf, ...) through SurfaceTopography, an extra."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from scarplan.errors import BadInput
from scarplan.surface.io.heights import check_header
from scarplan.surface.io.scaled_map import ScaledMap
from scarplan.units import MM_PER_UNIT

#: Endings of formats for surfaces of the size of skin; those for atomic force microscopes are left out.
INSTRUMENT_SUFFIXES = frozenset(
    (
        ".al3d", ".bcr", ".bcrf", ".datx", ".frt", ".gwy", ".lext", ".mnt", ".nms", ".oir", ".opd", ".opdx", ".os3d",
        ".plu", ".plux", ".poir", ".qep", ".sdf", ".sur", ".tmd", ".vk3", ".vk4", ".vk6", ".vk7", ".zmg", ".zon",
    )
)  # fmt: skip

_LONGEST_SAYING = 160


def read_instrument(path: Path) -> ScaledMap:
    """Return the topography in an instrument's own file. Raises BadInput without the extra, or when it is damaged."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns that it found no MPI
            import SurfaceTopography
            from SurfaceTopography.Support.UnitConversion import get_unit_conversion_factor
    except ImportError:
        raise BadInput(
            f"{path.name} is a file of an instrument, and its reader is not installed",
            code="E-SURF-088",
            got=path.suffix,
            allowed="with the extra `instruments`: " + ", ".join(sorted(INSTRUMENT_SUFFIXES)),
            do="install it with `pip install 'scarplan[instruments]'`, or export the scan as X3P, TIFF or PLY",
        ) from None
    try:
        # What the library prints while it tries its formats is no part of our answer (which may be JSON).
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")  # what the library doubts about a foreign file is told as a fault or not
            reader = SurfaceTopography.open_topography(str(path))
            channel = reader.default_channel
            if channel.dim != 2 or channel.unit is None:
                raise ValueError(f"channel {channel.name!r} has {channel.dim} dimensions and unit {channel.unit}")
            check_header(np.dtype(float), tuple(channel.nb_grid_pts), path)
            topography = channel.topography()
            factor = get_unit_conversion_factor(topography.unit, "mm")
            heights = np.ma.filled(np.ma.asarray(topography.heights(), np.float64), np.nan) * factor
            column_mm, row_mm = (float(step) * factor for step in topography.pixel_size)
    except BadInput:
        raise
    except Exception as error:  # the library raises whatever a damaged file provokes; to the user it is one fault
        raise BadInput(
            f"{path.name} cannot be read: it is damaged, or not what its ending says",
            code="E-SURF-089",
            got=_in_brief(error),
            allowed="one topography with its unit, as the instrument wrote it",
            do="export it again, or export the scan as X3P, TIFF or PLY",
        ) from None
    return ScaledMap(heights.T, column_mm, row_mm, _unit_word(topography.unit), _notes(reader))


def _in_brief(error: Exception) -> str:
    """Return the beginning of what the library says: it lists every format that it tried, with bytes of the file."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words if len(words) <= _LONGEST_SAYING else words[:_LONGEST_SAYING] + ' ...'}"


def _unit_word(unit: str) -> str:
    word = unit.replace("µ", "u").replace("μ", "u")
    return word if word in MM_PER_UNIT else "mm"


def _notes(reader: Any) -> tuple[str, ...]:
    others = len(reader.channels) - 1
    return (f"the file holds {others} more channels; only the first topography was read",) if others else ()
