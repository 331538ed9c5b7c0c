"""The standard plate: which features stand where, with closed-form truth.

    F1  wells: seven depths, for bias and gain        F2
    star (lateral     dishes, boxes, domes: depths    flat area
    transfer)         of 0.1 mm and more              (noise)
    F3  boxes of one depth: widths; pits
        id                                  wide dishes

The three fiducials make a triangle with three different sides: no turn and no mirror image brings it onto itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from scarplan.canonical import hash_content
from scarplan.commissioning.shapes import closed_volume_mm3
from scarplan.evidence.library import value_of
from scarplan.records.phantom_plate import FeatureShape, PhantomPlate, PlateFeature, PlateMark, PlateStar

#: Skin between neighbouring rims, of which each feature's own reference is taken.
RIM_MM = 0.9
_GAP_MM = 2.2
_FIDUCIALS_MM = ((4.5, 4.5), (55.5, 4.5), (4.5, 34.0))
_FIDUCIAL_WIDTH_MM, _FIDUCIAL_HEIGHT_MM = 5.0, 1.2
#: Wells: as wide as their floor needs at the greatest depth; walls of about 60 degrees.
_WELL_MM, _WELL_PITCH_MM, _WELL_FIRST_X_MM, _WELL_Y_MM = (4.0, 5.0), 6.0, 12.0, 4.8
_NARROWEST_WALL_MM, _WALL_PER_DEPTH = 0.2, 0.58
#: Half of a box's width is floor: steeper walls are neither printed nor seen by a scanner that looks from the side.
_BOX_FLOOR = 0.5
#: Rows of scars: y, x of the first and of its neighbours, widths and depths.
_DISHES = (13.0, (24.0, 30.5, 37.0), 4.0, (0.1, 0.2, 0.4))
_BOXES = (18.7, (23.5, 28.5, 33.5, 38.5), 2.5, (0.1, 0.2, 0.4, 0.8))
_DOMES = (24.2, (24.0, 30.0, 36.0), 3.0, (0.1, 0.3, 0.6))
_WIDTHS_Y_MM, _WIDTHS_FIRST_X_MM = 32.0, 10.0
_PITS = ((2.0, 0.8), (1.5, 0.6), (1.0, 0.4), (0.6, 0.3))
_WIDE_DISHES = ((46.5, 39.5, 6.0, 0.3), (55.0, 39.5, 6.0, 1.0))
_STAR_CENTRE_MM, _STAR_INNER_MM = (11.5, 19.0), 0.8
_FLAT_MM = (42.5, 10.0, 58.5, 27.5)
_MARK_MM, _MARK_SQUARE_MM, _MARK_DEPTH_MM, _MARK_LENGTH = (10.0, 37.5), 0.6, 0.3, 6


def design_plate() -> PhantomPlate:
    """Return the standard plate; its id is the beginning of the hash of all its features."""
    width, height, thickness = value_of("commissioning.plate_size_mm")
    features = tuple(_list_features())
    star = PlateStar(
        x_mm=_STAR_CENTRE_MM[0],
        y_mm=_STAR_CENTRE_MM[1],
        inner_mm=_STAR_INNER_MM,
        outer_mm=value_of("commissioning.star_radius_mm"),
        periods=value_of("commissioning.star_periods"),
        slope=value_of("commissioning.star_slope"),
    )
    whole: dict[str, Any] = {
        "width_mm": width, "height_mm": height, "thickness_mm": thickness,
        "flat_mm": _FLAT_MM, "star": star, "feature": features,
    }  # fmt: skip
    name = hash_content(whole)[:_MARK_LENGTH].upper()
    mark = PlateMark(text=name, x_mm=_MARK_MM[0], y_mm=_MARK_MM[1], square_mm=_MARK_SQUARE_MM, depth_mm=_MARK_DEPTH_MM)
    return PhantomPlate(id=name, mark=mark, **whole)


def _list_features() -> Iterator[PlateFeature]:
    for number, (x, y) in enumerate(_FIDUCIALS_MM, start=1):
        yield _feature(f"fiducial-{number}", "fiducial", x, y, _FIDUCIAL_WIDTH_MM, -_FIDUCIAL_HEIGHT_MM)
    for place, depth in enumerate(value_of("commissioning.step_depths_mm")):
        wall = max(_NARROWEST_WALL_MM, _WALL_PER_DEPTH * depth)
        x = _WELL_FIRST_X_MM + place * _WELL_PITCH_MM
        extra = {"length_mm": _WELL_MM[1], "wall_mm": round(wall, 3)}
        yield _feature(f"well-{depth:.2f}", "well", x, _WELL_Y_MM, _WELL_MM[0], depth, **extra)
    y, xs, width, depths = _DISHES
    yield from _row("dish", "rolling", y, xs, width, depths)
    y, xs, width, depths = _BOXES
    yield from _row("box", "boxcar", y, xs, width, depths)
    y, xs, width, depths = _DOMES
    yield from _row("dome", "raised", y, xs, width, [-height for height in depths])
    x = _WIDTHS_FIRST_X_MM
    depth = value_of("commissioning.width_row_depth_mm")
    for width in value_of("commissioning.width_row_mm"):
        yield _feature(f"width-{width:.2f}", "boxcar", x + width / 2, _WIDTHS_Y_MM, width, depth)
        x += width + _GAP_MM
    for width, depth in _PITS:
        yield _feature(f"pit-{width:.1f}", "icepick", x + width / 2, _WIDTHS_Y_MM, width, depth)
        x += width + _GAP_MM
    for x, y, width, depth in _WIDE_DISHES:
        yield _feature(f"wide-dish-{depth:.1f}", "rolling", x, y, width, depth)


def _row(
    name: str, shape: FeatureShape, y: float, xs: Sequence[float], width: float, depths: Sequence[float]
) -> Iterator[PlateFeature]:
    for x, depth in zip(xs, depths, strict=True):
        yield _feature(f"{name}-{abs(depth):.1f}", shape, x, y, width, depth)


def _feature(
    name: str, shape: FeatureShape, x: float, y: float, width: float, depth: float, **more: Any
) -> PlateFeature:
    floor = _BOX_FLOOR if shape == "boxcar" else 0.0
    plain = PlateFeature(
        id=name,
        shape=shape,
        x_mm=round(x, 3),
        y_mm=y,
        width_mm=width,
        depth_mm=depth,
        floor=floor,
        volume_mm3=0.0,
        **more,
    )
    return plain.model_copy(update={"volume_mm3": round(closed_volume_mm3(plain), 6)})
