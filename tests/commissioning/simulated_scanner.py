"""A scanner that is known exactly: it looks at the plate from any side, blurs, errs in depth, and adds noise."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from scarplan.commissioning import plate_height_mm
from scarplan.commissioning.shapes import star_height
from scarplan.commissioning.turns import turn_by, turn_flat
from scarplan.records.phantom_plate import PhantomPlate
from scarplan.surface.surface import Surface

#: sigma of a Gaussian -> wavelength at which half of the height comes through.
LATERAL_PER_SIGMA = np.pi * np.sqrt(2 / np.log(2))


def scan_plate(
    plate: PhantomPlate,
    *,
    angle: float = 0.0,
    tilt: tuple[float, float] = (0.0, 0.0),
    pixel_mm: float = 0.15,
    lateral_mm: float = 0.5,
    noise_mm: float = 0.005,
    gain: float = 1.0,
    bias_mm: float = 0.0,
    field_mm: tuple[float, float] = (78.0, 78.0),
    table_mm: float | None = None,
    scale: float = 1.0,
    seed: int = 0,
) -> Surface:
    """Return a height map of the plate, turned by `angle` in its plane and tilted (rad) about x and y.

    `bias_mm` lowers the floors of wells and scars (not the waves of the star), `scale` stretches lengths, `table_mm` is
    the height of what is seen around the plate (None: nothing is).
    """
    sigma = lateral_mm / LATERAL_PER_SIGMA / pixel_mm
    finer = 2 if 0 < sigma < 1 else 1  # a Gaussian narrower than its grid is none
    columns, rows = (int(side / pixel_mm) * finer for side in field_mm)
    x, y = ((np.arange(n) + 0.5) * pixel_mm / finer for n in (columns, rows))
    x, y = np.meshgrid(x, y)
    x, y = (x - field_mm[0] / 2) / scale, (y - field_mm[1] / 2) / scale
    turn = turn_by(np.array([*tilt, 0.0])) @ turn_flat(angle)
    z = np.zeros_like(x)
    for _ in range(4 if any(tilt) else 1):
        place = np.stack([x, y, z], axis=-1) @ turn
        px, py = place[..., 0] + plate.width_mm / 2, place[..., 1] + plate.height_mm / 2
        true = plate_height_mm(plate, px, py)
        sunk = np.clip(-(true - star_height(plate.star, px, py)) / 0.04, 0.0, 1.0)
        z = z + (gain * true - bias_mm * sunk - place[..., 2]) / turn[2, 2]
    on_plate = np.asarray((px >= 0) & (px <= plate.width_mm) & (py >= 0) & (py <= plate.height_mm))
    if lateral_mm:
        z = ndimage.gaussian_filter(z, sigma * finer)
    # Sampled, not averaged: the blur is the Gaussian alone.
    z, on_plate = z[::finer, ::finer], on_plate[::finer, ::finer]
    z = z + noise_mm * np.random.default_rng(seed).standard_normal(z.shape)
    z = np.where(on_plate, z, np.nan if table_mm is None else table_mm)
    return Surface("map", z, np.isfinite(z), pixel_mm)
