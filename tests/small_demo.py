"""The demo on a smaller cheek and a coarser grid: every step is real, on a tenth of the pixels, with fewer scars."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

import scarplan
from scarplan.surface.phantom import make_phantom
from scarplan.surface.profiles import PhantomKind

PIXEL_MM = 0.1
SEED = 1
COUNTS: dict[PhantomKind, int] = {"rolling": 2, "boxcar": 3, "icepick": 2, "raised": 1}
#: A cheek of 2.4 x 2.4 cm with eight scars.
make_small_phantom = partial(make_phantom, rows=240, columns=240, pixel_mm=PIXEL_MM, counts=COUNTS)


def run_small_demo(folder: Path) -> None:
    """Run the demo into `folder`; its cheek is small, everything else is the demo as it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scarplan.workflow.demo.make_phantom", make_small_phantom)
        scarplan.run_demo(folder, seed=SEED)
