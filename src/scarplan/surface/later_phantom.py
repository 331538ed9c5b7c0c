"""The skin of a phantom on a later day: every scar with a known share of its depth left, lying a little otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import ndimage

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
    turn, middle = np.deg2rad(turn_deg), np.array([rows / 2, columns / 2])
    back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    moved = np.array(move_mm)[::-1] / first.pixel_mm  # rows, columns
    skin = ndimage.affine_transform(
        phantom.skin_mm + relief, back, offset=middle - back @ (middle + moved), order=3, mode="mirror"
    )
    noise = np.random.default_rng(seed).standard_normal((rows, columns))
    heights = skin + float(value_of("surface.device_noise_mm")) * noise
    return Surface("map", heights, first.valid, first.pixel_mm, zone=first.zone, side=first.side)
