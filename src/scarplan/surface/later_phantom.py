"""The skin of a phantom on a later day: every scar with a known share of its depth left, lying a little otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from scarplan.evidence.library import value_of
from scarplan.surface.phantom import Phantom, carve_scars
from scarplan.surface.surface import Surface


def scan_later(
    phantom: Phantom,
    left: Sequence[float],
    *,
    seed: int | Sequence[int],
    turn_deg: float = 0.0,
    move_mm: tuple[float, float] = (0.0, 0.0),
) -> Surface:
    """Return what a scanner would deliver of `phantom` on a later day.

    `left` is the share of its depth that each scar has left, in the order of `phantom.scars`. The head lies turned
    about the middle of the patch and moved (x, y), and the scanner's noise is another one. Raises ValueError unless
    there is a share for every scar.
    """
    scars = tuple(replace(scar, apex_mm=scar.apex_mm * share) for scar, share in zip(phantom.scars, left, strict=True))
    first = phantom.surface
    rows, columns = first.relief_mm.shape
    relief, _ = carve_scars(scars, rows=rows, columns=columns, pixel_mm=first.pixel_mm)
    lies = cv2.getRotationMatrix2D((columns / 2, rows / 2), turn_deg, 1.0)
    lies[:, 2] += np.array(move_mm) / first.pixel_mm
    skin = cv2.warpAffine(
        phantom.skin_mm + relief, lies, (columns, rows), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101
    )
    noise = np.random.default_rng(seed).standard_normal((rows, columns))
    heights = skin + float(value_of("surface.device_noise_mm")) * noise
    return Surface("map", heights, first.valid, first.pixel_mm, zone=first.zone, side=first.side)
