"""Add a scar that a reviewer saw: its region is grown around the place named, and measured like any other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.scars.describe import describe_scar
from scarplan.scars.find import make_scar
from scarplan.scars.grids import spread_cells
from scarplan.scars.hidden_skin import hidden_skin
from scarplan.scars.margins import grow_region, rim_margin_mm
from scarplan.scars.measure import RING_MM, see_scar, seen_skin
from scarplan.scars.outline import draw_outline
from scarplan.scars.scarmap import SCAR_KINDS, ScarMap
from scarplan.scars.scene import masked_cells, native_level, prepare_scene
from scarplan.scars.skin_level import crop, make_solver, solve_level
from scarplan.scars.skin_spectrum import SkinSpectrum
from scarplan.surface.surface import Scanner, Surface


def add_scar(
    scarmap: ScarMap,
    surface: Surface,
    *,
    scar_id: int,
    x_mm: float,
    y_mm: float,
    width_mm: float | None,
    kind: str,
    line: int,
    scanner: Scanner | None = None,
) -> ScarMap:
    """Return `scarmap` with one more scar, marked reviewed. Raises BadInput where there is nothing to measure.

    What is known of the errors of `scanner` counts in its deviations.
    """
    row, column = round(y_mm / surface.pixel_mm), round(x_mm / surface.pixel_mm)
    rows, columns = surface.shape
    labels = scarmap.labels[surface.name]
    if reason := _why_not_here(labels, surface.valid, row, column):
        raise BadInput(
            f"line {line}: no scar can be added here: the place is {reason}",
            code="E-SCAR-030",
            got=f"x {x_mm} mm, y {y_mm} mm",
            allowed=f"x 0 to {columns * surface.pixel_mm:g} mm, y 0 to {rows * surface.pixel_mm:g} mm, on seen skin",
            do="correct x_mm and y_mm, or retype the scar that is there",
        )
    width = width_mm or float(value_of(f"scars.usual_width_mm_{kind}"))
    sign = -1 if kind == "raised" else 1
    grown = _grow(scarmap, surface, row=row, column=column, width_mm=width, sign=sign)
    if grown is None:
        raise BadInput(
            f"line {line}: nothing {'stands above' if sign < 0 else 'lies below'} the skin here",
            code="E-SCAR-031", got=f"x {x_mm} mm, y {y_mm} mm",
            allowed="a place inside a scar", do="correct the place or the kind",
        )  # fmt: skip
    return _enter(scarmap, surface, *grown, scar_id=scar_id, kind=kind, scanner=scanner)


def _enter(
    scarmap: ScarMap,
    surface: Surface,
    own: np.ndarray,
    level: np.ndarray,
    spectrum: SkinSpectrum,
    *,
    scar_id: int,
    kind: str,
    scanner: Scanner | None,
) -> ScarMap:
    """Return `scarmap` with the region `own` measured below `level` as one more scar."""
    old = scarmap.labels[surface.name]
    labels, skin = np.where(own, scar_id, old).astype(old.dtype), scarmap.level_mm[surface.name].copy()
    width = 2 * np.sqrt(own.sum() / np.pi) * surface.pixel_mm
    near = grow_region(own, rim_margin_mm(width) + RING_MM, pixel_mm=surface.pixel_mm) & (old == 0)
    skin[near] = level[near]
    seen = see_scar(
        labels, skin, surface.relief_mm, seen_skin(surface), scar_id=scar_id, chart=surface.name,
        sign=-1 if kind == "raised" else 1, pixel_mm=surface.pixel_mm,
    )  # fmt: skip
    shape = describe_scar(seen)
    scar = make_scar(
        surface, seen.window, shape, hidden_skin(shape.width_mm, spectrum), labels=labels, sure=1.0, scanner=scanner
    )
    sure = {one: float(one == kind) for one in SCAR_KINDS}
    scar = replace(scar, kind=kind, kind_probability=sure, reviewed=True)
    return replace(
        scarmap, scars=(*scarmap.scars, scar), labels={**scarmap.labels, surface.name: labels},
        level_mm={**scarmap.level_mm, surface.name: skin},
    )  # fmt: skip


def _why_not_here(labels: np.ndarray, valid: np.ndarray, row: int, column: int) -> str:
    if not (0 <= row < labels.shape[0] and 0 <= column < labels.shape[1]):
        return "outside the map"
    if not valid[row, column]:
        return "not seen"
    return "in another scar" if labels[row, column] else ""


def _grow(
    scarmap: ScarMap, surface: Surface, *, row: int, column: int, width_mm: float, sign: int
) -> tuple[np.ndarray, np.ndarray, SkinSpectrum] | None:
    """Return the native region, the skin level under it and the spectrum; None where nothing stands out."""
    scene = prepare_scene(surface)
    solver = make_solver(scene.coarse, scene.spectrum)
    taken = scarmap.labels[surface.name] != 0
    fine_taken = spread_cells(taken.astype(float), scene.fine.shape) > 0.3
    y = (np.arange(scene.fine.shape[0])[:, None] + 0.5) * scene.fine.pixel_mm - row * surface.pixel_mm
    x = (np.arange(scene.fine.shape[1])[None] + 0.5) * scene.fine.pixel_mm - column * surface.pixel_mm
    mask = fine_taken | (np.hypot(y, x) < 0.6 * width_mm + rim_margin_mm(width_mm))
    cells = masked_cells(scene, mask)
    level = native_level(scene, crop(solver, solve_level(solver, cells.height_mm, cells.weight)))
    drop = sign * (level - scene.offset_mm - scene.height_mm)
    outline = draw_outline(
        drop, scene.skin & ~taken, row=row, column=column, width=width_mm / surface.pixel_mm,
        noise_mm=float(value_of("scars.outline_floor_mm")),
    )  # fmt: skip
    if outline is None or outline.inside.sum() * surface.pixel_mm**2 < value_of("scars.least_area_mm2"):
        return None
    own = np.zeros(surface.shape, bool)
    outline.paint(own, True)
    return own, level.astype(np.float32), scene.spectrum
