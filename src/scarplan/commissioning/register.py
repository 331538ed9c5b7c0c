"""Lay a scan of the print on the plate, or scans of the same skin on each other; refuse what does not fit, in words."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from scarplan.commissioning.coarse import RoughPlace, find_rough_places
from scarplan.commissioning.local_relief import local_relief
from scarplan.commissioning.plate import map_plate
from scarplan.commissioning.points import ScanPoints, find_planes
from scarplan.commissioning.pose import Pose, approach_pose, covers, refine_pose
from scarplan.commissioning.template import Template
from scarplan.commissioning.turns import turn_flat
from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import value_of
from scarplan.records.phantom_plate import PhantomPlate
from scarplan.surface.surface import Surface

# Turns tried for a print that may lie any way round, and for skin scanned again in about the same position, degrees.
_ALL_TURNS, _SMALL_TURNS = np.arange(0, 360, 5.0), np.arange(-30, 31, 3.0)
_CANDIDATES = 3
# A search result below this is not worth refining; a mirror image must be this much likelier to be told as one.
_LEAST_ROUGH_LIKENESS, _MIRROR_MARGIN = 0.25, 0.1
_OVERLAP_CELL_MM = 1.5
# A depth gain outside this is a wrong unit or another object, not a scanner's error.
_PLAUSIBLE_GAIN = (0.4, 2.5)
# A grid spacing that was told wrongly by more than this is no error of the scanner.
_PLAUSIBLE_SCALE = (0.9, 1.1)
_SKIN_CUTOFF_MM = 16.0


@dataclass(frozen=True)
class PlacedScan:
    """A scan laid on a template.

    scan        the scan; each of its points has a place
    x_mm, y_mm  place of each point on the template [n]
    height_mm   height of each point over the template's plane, form removed [n]
    on_plate    the points that lie on the template [n]
    overlap     share of the template that the scan shows
    """

    scan: ScanPoints
    pose: Pose
    x_mm: Float[np.ndarray, " n"]
    y_mm: Float[np.ndarray, " n"]
    height_mm: Float[np.ndarray, " n"]
    on_plate: Bool[np.ndarray, " n"]
    overlap: float

    @property
    def cell_mm2(self) -> float:
        """Area on the template that one point stands for."""
        facing = float((self.pose.turn @ np.array([0.0, 0.0, 1.0]))[2])
        return (self.scan.surface.pixel_mm * self.pose.lateral_scale) ** 2 / max(facing, 0.1)


def plate_template(plate: PhantomPlate) -> Template:
    """Return the plate as a template. Mapping and smoothing a plate takes a second, so the last ones are kept."""
    return _template_of(plate.model_dump_json())


@functools.lru_cache(maxsize=2)
def _template_of(plate_json: str) -> Template:
    surface = map_plate(PhantomPlate.model_validate_json(plate_json))
    return Template(surface.relief_mm, surface.valid, surface.pixel_mm)


def register_print(views: Sequence[ScanPoints], template: Template, *, name: str) -> PlacedScan:
    """Return the scan of the print laid on the plate. `views`: the same scan seen from several sides.

    Raises Refused when it shows something else or fits too badly, BadInput when it is mirrored, inverted or has
    another unit. `name` names the scan in messages.
    """
    best, rough, inverted, mirrored = None, 0.0, 0.0, 0.0
    for view in views:
        for flip in (False, True):
            if flip and best is not None and best.pose.likeness > 1 - _MIRROR_MARGIN:
                break  # laid so well as it is, it is no mirror image: no turn brings the plate onto that
            points = view.points_mm * ([-1.0, 1.0, 1.0] if flip else [1.0, 1.0, 1.0])
            for turn, near in find_planes(points):
                lying = points[near] @ turn.T
                places = find_rough_places(
                    lying, template, spacing_mm=view.surface.pixel_mm, angles=np.radians(_ALL_TURNS),
                    least_overlap=value_of("commissioning.least_overlap"),
                )  # fmt: skip
                if flip:
                    mirrored = max(mirrored, places[0].likeness)
                    continue
                inverted, rough = min(inverted, places[-1].likeness), max(rough, places[0].likeness)
                placed = _refine(view, points, near, turn, places, template)
                if placed is not None and (best is None or placed.pose.likeness > best.pose.likeness):
                    best = placed
            if rough > 1 - _MIRROR_MARGIN:
                break
    _check_handedness(rough, inverted, mirrored, name)
    return _check_print(best, name)


def _refine(
    view: ScanPoints,
    points: np.ndarray,
    near: np.ndarray,
    turn: np.ndarray,
    places: list[RoughPlace],
    template: Template,
) -> PlacedScan | None:
    lying = points[near]
    level = float(np.median((lying @ turn.T)[:, 2]))
    starts = [
        Pose(turn_flat(place.angle) @ turn, np.array([*place.shift_mm, -level]))
        for place in places[:_CANDIDATES]
        if place.likeness >= _LEAST_ROUGH_LIKENESS
    ]
    if not starts:
        return None
    best = approach_pose(lying, template, starts, free_scale=True)
    return _place_all(view, refine_pose(lying, template, best, free_scale=True), template)


def _place_all(view: ScanPoints, pose: Pose, template: Template) -> PlacedScan:
    placed = pose.place(view.points_mm)
    heights = pose.flatten(placed)
    _, _, _, inside = template.sample(placed[:, 0], placed[:, 1])
    overlap = covers(pose, view.points_mm, template, cell_mm=max(_OVERLAP_CELL_MM, 2 * view.surface.pixel_mm))
    return PlacedScan(view, pose, placed[:, 0], placed[:, 1], heights, inside, overlap)


def _check_handedness(rough: float, inverted: float, mirrored: float, name: str) -> None:
    if -inverted > max(rough, mirrored) + _MIRROR_MARGIN:
        raise BadInput(
            f"the heights of {name} are inverted: what is raised on the phantom is deep in the scan",
            code="E-COMM-003",
            allowed="heights that are positive outwards from the body",
            do="export the scan with heights instead of depths, or multiply it by -1",
        )
    if mirrored > max(rough, -inverted) + _MIRROR_MARGIN:
        raise BadInput(
            f"{name} is a mirror image of the phantom",
            code="E-COMM-004",
            allowed="rows that run down and columns that run to the right, seen from outside",
            do="export the scan without flipping it; patients' sides would be exchanged too",
        )


def _check_print(placed: PlacedScan | None, name: str) -> PlacedScan:
    least, largest = value_of("commissioning.least_likeness"), value_of("commissioning.largest_residual_mm")
    if placed is None or placed.pose.likeness < least:
        got = 0.0 if placed is None else max(0.0, placed.pose.likeness)
        raise Refused(
            f"{name} does not show the phantom, or this scanner does not show its fiducials of 1.2 mm "
            f"(likeness {got:.2f}, at least {least:g} is needed)",
            code="R-COMM-001",
            do="scan the whole upper side of the print, check --unit and --pixel-mm, and name the folder of this print",
        )
    pose = placed.pose
    low, high = _PLAUSIBLE_GAIN
    if not low <= pose.gain <= high:
        raise BadInput(
            f"wrong unit? Depths of {name} are {pose.gain:.3g} times those of the phantom",
            code="E-COMM-005", got=f"{pose.gain:.3g}", allowed=f"{low} to {high}",
            do="check --unit: it is the unit of the heights in the file",
        )  # fmt: skip
    low, high = _PLAUSIBLE_SCALE
    if not low <= 1 / pose.lateral_scale <= high:
        raise BadInput(
            f"wrong grid spacing? Lengths of {name} are {1 / pose.lateral_scale:.3g} times those of the phantom",
            code="E-COMM-006", got=f"{1 / pose.lateral_scale:.3g}", allowed=f"{low} to {high}",
            do="check --pixel-mm",
        )  # fmt: skip
    if pose.residual_mm > largest or placed.overlap < value_of("commissioning.least_overlap"):
        raise Refused(
            f"{name} cannot be laid on the phantom well enough: {pose.residual_mm:.2f} mm are left over, at most "
            f"{largest:g} mm is allowed; {100 * placed.overlap:.0f} % of the plate is shown, at least "
            f"{100 * value_of('commissioning.least_overlap'):.0f} % is needed",
            code="R-COMM-002",
            do="scan again with less noise, in focus, and with the whole plate in view",
        )
    return placed


def skin_template(scan: ScanPoints) -> Template:
    """Return a scan of skin as a template."""
    surface = scan.surface
    return Template(np.where(surface.valid, surface.relief_mm, 0.0), surface.valid, surface.pixel_mm)


def register_skin(scan: ScanPoints, first: ScanPoints, template: Template, *, name: str) -> PlacedScan:
    """Return a repeated scan of skin laid on the first one. Raises Refused when they show different skin."""
    shown = {}
    for key, one in (("moving", scan), ("fixed", first)):
        relief = local_relief(
            one.surface.relief_mm, one.surface.valid, one.surface.pixel_mm, longest_mm=_SKIN_CUTOFF_MM
        )
        shown[key] = replace(one.surface, relief_mm=np.where(one.surface.valid, relief, np.nan))
    held = Template(np.nan_to_num(shown["fixed"].relief_mm), first.surface.valid, first.surface.pixel_mm)
    moving = ScanPoints.of(shown["moving"]).points_mm
    places = find_rough_places(
        moving, held, spacing_mm=scan.surface.pixel_mm, angles=np.radians(_SMALL_TURNS),
        least_overlap=value_of("commissioning.least_overlap"),
    )  # fmt: skip
    starts = []
    for place in places[:_CANDIDATES]:
        turn = turn_flat(place.angle)
        guess = Pose(turn, np.array([*place.shift_mm, 0.0]))
        on_first, _, _, inside = template.sample(*guess.place(scan.points_mm)[:, :2].T)
        lift = float(np.median((on_first - scan.points_mm[:, 2])[inside])) if inside.any() else 0.0
        starts.append(Pose(turn, np.array([*place.shift_mm, lift])))
    best = approach_pose(scan.points_mm, template, starts, free_scale=False)
    best = refine_pose(scan.points_mm, template, best, free_scale=False)
    placed = _place_all(scan, best, template)
    likeness = _likeness_of_relief(placed, template)
    least, largest = value_of("commissioning.least_likeness_of_skin"), value_of("commissioning.largest_residual_mm")
    if likeness < least or best.residual_mm > largest or placed.overlap < value_of("commissioning.least_overlap"):
        raise Refused(
            f"{name} cannot be laid on the first scan: their local relief agrees by {likeness:.2f} (at least {least:g} "
            f"is needed), {best.residual_mm:.2f} mm are left over and {100 * placed.overlap:.0f} % is common",
            code="R-COMM-003",
            do="give scans of the same skin, in about the same position and direction, taken on the same day",
        )
    return replace(placed, pose=replace(best, likeness=likeness))


def _likeness_of_relief(placed: PlacedScan, template: Template) -> float:
    """Return the correlation of local relief, form removed, of two scans of skin."""
    heights, _, _, inside = template.sample(placed.x_mm, placed.y_mm)
    surface = placed.scan.surface
    common = surface.valid & placed.scan.on_grid(inside, empty=False)
    if common.sum() < 100:
        return 0.0
    pair = []
    for values in (placed.height_mm, heights):
        grid = placed.scan.on_grid(np.asarray(values, dtype=float), empty=np.nan)
        pair.append(local_relief(np.where(common, grid, np.nan), common, surface.pixel_mm)[common])
    return float(np.corrcoef(*pair)[0, 1])


def on_template_grid(placed: PlacedScan, template: Template, *, pixel_mm: float) -> Surface:
    """Return the placed heights on a regular grid of the template: means of what falls into each pixel, NaN without."""
    rows, columns = (int(n * template.pixel_mm / pixel_mm) + 1 for n in template.heights_mm.shape)
    x, y, z = (values[placed.on_plate] for values in (placed.x_mm, placed.y_mm, placed.height_mm))
    place = np.rint(y / pixel_mm).astype(int) * columns + np.rint(x / pixel_mm).astype(int)
    good = (place >= 0) & (place < rows * columns)
    count = np.bincount(place[good], minlength=rows * columns).reshape(rows, columns)
    total = np.bincount(place[good], z[good], minlength=rows * columns).reshape(rows, columns)
    with np.errstate(invalid="ignore"):
        return Surface("map", np.where(count > 0, total / np.maximum(count, 1), np.nan), count > 0, pixel_mm)
