"""A phantom cheek: skin with everything that makes measuring hard, and scars whose measures are known exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.surface.profiles import PhantomKind, PhantomScar, height, region_radius
from scarplan.surface.skin import make_form, make_microrelief, make_pores, make_undulation
from scarplan.surface.surface import Surface

if TYPE_CHECKING:
    from jaxtyping import Int

    from scarplan.surface.surface import HeightMap

DEFAULT_COUNTS: Mapping[PhantomKind, int] = {"icepick": 12, "boxcar": 9, "rolling": 6, "raised": 2}

# Skin between two rims and to the border, so that each scar has a rim of its own.
_GAP_MM = 0.6
_MOST_TRIES = 4_000
_LONGEST_AXIS_RATIO = 1.3
_FLOORS = (0.60, 0.85)


@dataclass(frozen=True)
class Phantom:
    """A phantom cheek and the truth about it.

    surface    what a scanner would deliver
    scars      the known scars; scar n of `labels` is scars[n - 1]
    labels     0 skin, n = deeper than 10 % of the depth of scar n [y x]
    skin_mm    the heights without scars and without noise [y x], mm
    """

    surface: Surface
    scars: tuple[PhantomScar, ...]
    labels: Int[np.ndarray, "y x"]
    skin_mm: HeightMap


def make_phantom(
    seed: int,
    *,
    depth_factor: float = 1.0,
    rows: int = 800,
    columns: int = 800,
    pixel_mm: float = 0.05,
    counts: Mapping[PhantomKind, int] | None = None,
    undulation: float = 1.0,
    microrelief_mm: float | None = None,
    noise_mm: float | None = None,
) -> Phantom:
    """Return a phantom cheek with `counts` scars of each kind; same arguments, same phantom.

    `depth_factor` multiplies every depth and changes nothing else; `undulation` multiplies the natural relief of
    1-40 mm wavelength; `microrelief_mm` and `noise_mm` (rms, mm) default to the quantities of the room.
    Raises BadInput when the scars do not fit on the patch.
    """
    places, form_rng, waves, fine, pores, device = (
        np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(6)
    )
    grid = {"rows": rows, "columns": columns, "pixel_mm": pixel_mm}
    fine_mm: float = value_of("surface.microrelief_rms_mm") if microrelief_mm is None else microrelief_mm
    device_mm: float = value_of("surface.device_noise_mm") if noise_mm is None else noise_mm
    skin = make_form(form_rng, **grid) + undulation * make_undulation(waves, **grid)
    skin += make_microrelief(fine, **grid, rms_mm=fine_mm) + make_pores(pores, **grid)
    scars = _place_scars(places, counts or DEFAULT_COUNTS, depth_factor=depth_factor, **grid)
    relief, labels = carve_scars(scars, rows=rows, columns=columns, pixel_mm=pixel_mm)
    heights = skin + relief + device_mm * device.standard_normal((rows, columns))
    surface = Surface("map", heights, np.ones((rows, columns), dtype=bool), pixel_mm, zone="cheek", side="right")
    return Phantom(surface=surface, scars=scars, labels=labels, skin_mm=skin)


def _place_scars(
    rng: np.random.Generator,
    counts: Mapping[PhantomKind, int],
    *,
    depth_factor: float,
    rows: int,
    columns: int,
    pixel_mm: float,
) -> tuple[PhantomScar, ...]:
    shapes = [_draw_shape(rng, kind) for kind, count in counts.items() for _ in range(count)]
    # The widest first: the narrow ones find room between them.
    shapes.sort(key=lambda shape: -max(shape[1]))
    scars: list[PhantomScar] = []
    for kind, semi_axes, angle, apex, floor in shapes:
        x, y = _find_room(rng, max(semi_axes), scars, width_mm=columns * pixel_mm, height_mm=rows * pixel_mm)
        scars.append(PhantomScar(kind, x, y, semi_axes, angle, apex * depth_factor, floor, pixel_mm))
    return tuple(scars)


def _draw_shape(
    rng: np.random.Generator, kind: PhantomKind
) -> tuple[PhantomKind, tuple[float, float], float, float, float]:
    """Return kind, semi-axes, angle, apex and floor of one scar."""
    half = rng.uniform(*value_of(f"surface.{kind}_width_mm")) / 2
    ratio = np.sqrt(rng.uniform(1.0, _LONGEST_AXIS_RATIO))
    depth = rng.uniform(*value_of(f"surface.{kind}_{'height' if kind == 'raised' else 'depth'}_mm"))
    angle, floor = rng.uniform(0, np.pi), rng.uniform(*_FLOORS)
    return (
        kind,
        (float(half * ratio), float(half / ratio)),
        float(angle),
        float(-depth if kind == "raised" else depth),
        float(floor) if kind == "boxcar" else 0.0,
    )


def _find_room(
    rng: np.random.Generator, radius_mm: float, scars: list[PhantomScar], *, width_mm: float, height_mm: float
) -> tuple[float, float]:
    margin = radius_mm + _GAP_MM
    if 2 * margin < min(width_mm, height_mm):
        for _ in range(_MOST_TRIES):
            x, y = rng.uniform(margin, width_mm - margin), rng.uniform(margin, height_mm - margin)
            if all(np.hypot(x - s.x_mm, y - s.y_mm) >= margin + max(s.semi_axes_mm) for s in scars):
                return float(x), float(y)
    raise BadInput(
        "the scars do not fit on the phantom",
        code="E-SURF-080",
        got=f"no room for scar {len(scars) + 1} on {width_mm:g} x {height_mm:g} mm",
        do="ask for fewer scars or a larger patch",
    )


def carve_scars(
    scars: tuple[PhantomScar, ...], *, rows: int, columns: int, pixel_mm: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the relief of all scars [y x], mm, and their labels [y x]."""
    relief, labels = np.zeros((rows, columns)), np.zeros((rows, columns), dtype=np.int32)
    for number, scar in enumerate(scars, start=1):
        reach = max(scar.semi_axes_mm)
        top, left = (max(0, int((centre - reach) / pixel_mm)) for centre in (scar.y_mm, scar.x_mm))
        bottom = min(rows, int((scar.y_mm + reach) / pixel_mm) + 2)
        right = min(columns, int((scar.x_mm + reach) / pixel_mm) + 2)
        y, x = np.mgrid[top:bottom, left:right]
        rho = scar.distance(x * pixel_mm, y * pixel_mm)
        relief[top:bottom, left:right] -= scar.apex_mm * height(scar.kind, rho, scar.floor)
        labels[top:bottom, left:right][rho < region_radius(scar.kind, scar.floor)] = number
    return relief, labels
