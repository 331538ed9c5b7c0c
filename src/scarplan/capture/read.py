"""Read a capture: the photographs of a `capture.toml`, their lights, and the relief they show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from scarplan.canonical import hash_file
from scarplan.capture.lights import Light, check_lights, far_light, light_vectors, near_light
from scarplan.capture.normals import LitSkin
from scarplan.capture.pictures import LinearPicture, read_linear, read_mask
from scarplan.capture.relief import Relief, make_relief
from scarplan.capture.sphere import find_light, is_inside
from scarplan.errors import BadInput
from scarplan.evidence.library import value_of
from scarplan.records.capture import Capture, LitPhoto, read_capture_file

Tell = Callable[[str, float], None]
# Skin around the sphere lies in its shadow and in the light that it throws back.
_SPHERE_SURROUND = 1.25
# A flat sheet is smooth: what is finer than this share of the picture is noise and dust.
_FLAT_SMOOTHING = 1 / 40


@dataclass(frozen=True)
class LightReport:
    """What one photograph gave. Shares are of the pixels looked at; `misfit` is relative to the albedo."""

    file: str
    direction: tuple[float, float, float]
    elevation_deg: float
    strength: float
    misfit: float
    shadowed: float
    full: float
    odd: float
    sphere_misfit: float | None


@dataclass(frozen=True)
class CaptureReport:
    """How well the photographs tell the relief; goes into `scan.json`."""

    lights: tuple[LightReport, ...]
    encoding: str
    channel: str
    lights_from: str
    is_flat_fielded: bool
    without_three_lights: float
    by_two_lights: float
    narrow_pit_error_mm: float
    form_beyond_mm: float
    form_span_mm: float
    unexplained_slopes: float
    light_choice_mm: float | None
    patches: int


@dataclass(frozen=True)
class CapturedRelief:
    """The relief of a capture: heights [y x], mm, NaN where nothing is known; and how it came about."""

    heights_mm: np.ndarray
    pixel_mm: float
    albedo: np.ndarray
    report: CaptureReport
    notes: tuple[str, ...]
    hashes: dict[str, str]


def read_capture(path: Path, *, progress: Tell | None = None) -> CapturedRelief:
    """Return the relief that the photographs named in the file at `path` show. Raises BadInput in words."""
    tell = progress or (lambda step, done: None)
    capture = read_capture_file(path)
    folder = path.parent
    pictures = []
    for number, photo in enumerate(capture.photo):
        tell(f"reading {photo.file}", 0.4 * number / len(capture.photo))
        pictures.append(read_linear(folder / photo.file, encoding=capture.encoding, channel=capture.channel))
    _check_same_size(pictures, capture)
    light = np.stack([picture.light for picture in pictures])
    is_full = np.stack([picture.is_full for picture in pictures])
    tell("finding the lights", 0.4)
    lights, sphere_misfits = _find_lights(capture, light, is_full)
    check_lights(lights)
    light = _even_out(capture, folder, light, lights)
    mask = _where_to_look(capture, folder, light.shape[1:])
    tell("finding the normals, integrating them", 0.5)
    relief = make_relief(LitSkin(light, is_full, mask, lights, capture.pixel_mm))
    _refuse_too_little(relief, mask)
    _refuse_disagreement(relief, capture)
    report = _report(capture, lights, sphere_misfits, relief, mask)
    tell("relief found", 1.0)
    return CapturedRelief(
        heights_mm=relief.heights_mm,
        pixel_mm=capture.pixel_mm,
        albedo=relief.normals.albedo,
        report=report,
        notes=tuple(_notes(report)),
        hashes={name: hash_file(folder / name) for name in capture.named_pictures()},
    )


def _check_same_size(pictures: list[LinearPicture], capture: Capture) -> None:
    shapes = [picture.light.shape for picture in pictures]
    if len(set(shapes)) > 1:
        told = ", ".join(
            f"{photo.file} {shape[1]} x {shape[0]}" for photo, shape in zip(capture.photo, shapes, strict=True)
        )
        raise BadInput(
            "the photographs have different sizes",
            code="E-CAPTURE-010",
            got=told,
            allowed="photographs of one camera on a stand, not cropped",
            do="export them all alike",
        )


def _find_lights(
    capture: Capture, light: np.ndarray, is_full: np.ndarray
) -> tuple[tuple[Light, ...], tuple[float | None, ...]]:
    if capture.sphere is None:
        return tuple(_given_light(photo) for photo in capture.photo), (None,) * len(capture.photo)
    found = [
        find_light(one, full, capture.sphere, name=photo.file)
        for one, full, photo in zip(light, is_full, capture.photo, strict=True)
    ]
    # Of a polished ball only the direction is known; a strength that was told holds.
    lights = tuple(
        far_light(one.direction, strength=photo.strength or one.strength)
        for (one, _), photo in zip(found, capture.photo, strict=True)
    )
    return lights, tuple(misfit for _, misfit in found)


def _given_light(photo: LitPhoto) -> Light:
    strength = photo.strength or 1.0
    if photo.position_mm is not None:
        return near_light(photo.position_mm, strength=strength)
    if photo.direction is None:
        raise BadInput(f"the light of {photo.file} is not told", code="E-CAPTURE-011", do="add its direction")
    return far_light(photo.direction, strength=strength)


def _even_out(capture: Capture, folder: Path, light: np.ndarray, lights: tuple[Light, ...]) -> np.ndarray:
    """Return the light [light y x] as lamps of the told vectors would give it, by photographs of a flat white sheet."""
    if capture.photo[0].flat is None:
        return light
    shape = (light.shape[1], light.shape[2])
    even = np.empty_like(light)
    for number, (photo, one) in enumerate(zip(capture.photo, lights, strict=True)):
        name = photo.flat or ""
        sheet = read_linear(folder / name, encoding=capture.encoding, channel=capture.channel)
        if sheet.light.shape != shape:
            raise BadInput(
                f"the flat photograph {name} has another size than the photographs of the skin",
                code="E-CAPTURE-012",
                got=f"{sheet.light.shape[1]} x {sheet.light.shape[0]}",
                allowed=f"{shape[1]} x {shape[0]}",
                do="photograph the sheet with the same camera settings",
            )
        smooth = ndimage.gaussian_filter(sheet.light, _FLAT_SMOOTHING * min(shape), mode="nearest")
        if smooth.min() < value_of("capture.darkest_light") or sheet.is_full.mean() > 0.01:
            raise BadInput(
                f"the flat photograph {name} is too dark or full in places",
                code="E-CAPTURE-013",
                got=f"light from {smooth.min():.3g} to {smooth.max():.3g} of 1",
                do="photograph a white matte sheet that fills the picture, with an exposure that fills no pixel",
            )
        # The sheet faces the camera: a lamp of the vector l lights it by its third part.
        towards = light_vectors(one, rows=slice(0, shape[0]), shape=shape, pixel_mm=capture.pixel_mm)[2]
        facing = np.broadcast_to(towards, (shape[0] * shape[1],)).reshape(shape)
        even[number] = light[number] / smooth * facing
    return even


def _where_to_look(capture: Capture, folder: Path, shape: tuple[int, ...]) -> np.ndarray:
    mask = np.ones(shape, dtype=bool)
    if capture.mask is not None:
        given = read_mask(folder / capture.mask)
        if given.shape != mask.shape:
            raise BadInput(
                f"the mask {capture.mask} has another size than the photographs",
                code="E-CAPTURE-014",
                got=f"{given.shape[1]} x {given.shape[0]}",
                allowed=f"{shape[1]} x {shape[0]}",
                do="draw the mask over one of the photographs",
            )
        mask &= given
    if capture.sphere is not None:
        mask &= ~is_inside(capture.sphere, (shape[0], shape[1]), share=_SPHERE_SURROUND)
    return mask


def _refuse_too_little(relief: Relief, mask: np.ndarray) -> None:
    share = float(relief.normals.valid.sum()) / max(1, int(mask.sum()))
    least = value_of("capture.known_share_least")
    if share < least:
        raise BadInput(
            "too little of the picture is lit by three lights that agree",
            code="E-CAPTURE-015",
            got=f"{100 * share:.0f} % of the pixels",
            allowed=f"at least {100 * least:.0f} %",
            do="check the directions (right, up, towards the camera) and their order, the exposure, and `mask`",
        )


def _refuse_disagreement(relief: Relief, capture: Capture) -> None:
    """Raise BadInput where a photograph does not fit its light, or the slopes together are those of no surface."""
    check = "check the directions and their order, `encoding`, `strength`, that nothing moved, and that no skin shines"
    limits = {name: value_of(f"capture.{name}") for name in ("misfit_most", "odd_most", "unexplained_most")}
    for photo, misfit, odd in zip(capture.photo, relief.normals.misfit, relief.normals.odd, strict=True):
        if misfit > limits["misfit_most"] or odd > limits["odd_most"]:
            raise BadInput(
                f"the photograph {photo.file} does not agree with the lights told",
                code="E-CAPTURE-016",
                got=f"misfit {100 * misfit:.0f} % of the brightness, left out at {100 * odd:.0f} % of the pixels",
                allowed=f"at most {100 * limits['misfit_most']:.0f} % and {100 * limits['odd_most']:.0f} %",
                do=check,
            )
    if relief.unexplained > limits["unexplained_most"]:
        raise BadInput(
            "the slopes in the photographs are those of no surface",
            code="E-CAPTURE-017",
            got=f"{100 * relief.unexplained:.0f} % of them fit no relief",
            allowed=f"at most {100 * limits['unexplained_most']:.0f} %",
            do=f"the lights are probably told in a wrong order, or left for right: {check}",
        )


def _report(
    capture: Capture,
    lights: tuple[Light, ...],
    sphere_misfits: tuple[float | None, ...],
    relief: Relief,
    mask: np.ndarray,
) -> CaptureReport:
    normals = relief.normals
    rows = zip(
        capture.photo, lights, normals.misfit, normals.shadowed, normals.full, normals.odd, sphere_misfits, strict=True
    )
    return CaptureReport(
        lights=tuple(
            LightReport(
                file=Path(photo.file).name,
                direction=one.direction,
                elevation_deg=one.elevation_deg,
                strength=one.strength,
                misfit=misfit,
                shadowed=shadowed,
                full=full,
                odd=odd,
                sphere_misfit=sphere_misfit,
            )
            for photo, one, misfit, shadowed, full, odd, sphere_misfit in rows
        ),
        encoding=capture.encoding,
        channel=capture.channel,
        lights_from="given" if capture.sphere is None else f"{capture.sphere.surface} sphere",
        is_flat_fielded=capture.photo[0].flat is not None,
        without_three_lights=float((mask & ~(normals.valid & ~normals.by_two)).sum()) / max(1, int(mask.sum())),
        by_two_lights=float((mask & normals.by_two).sum()) / max(1, int(mask.sum())),
        narrow_pit_error_mm=float(value_of("capture.narrow_pit_error_mm")),
        form_beyond_mm=relief.form_beyond_mm,
        form_span_mm=relief.form_span_mm,
        unexplained_slopes=relief.unexplained,
        light_choice_mm=relief.light_choice_mm,
        patches=int(ndimage.label(normals.valid)[1]),
    )


def _notes(report: CaptureReport) -> list[str]:
    notes = [
        "relief by photometric stereo: heights are summed up from slopes, so depth rests on the lights and the scale "
        f"told; form (waves over {report.form_beyond_mm:g} mm) is not measured and was taken out; until `commission` "
        "has shown what this set-up resolves, read depth as an estimate"
    ]
    notes.append(
        f"pits under 1 mm wide stand in their own shadow: their depth is wrong by {report.narrow_pit_error_mm:g} mm on "
        "the average, mostly too shallow, more where light is thrown back between steep walls"
    )
    unseen = report.without_three_lights - report.by_two_lights
    if unseen > value_of("capture.holes_to_tell"):
        notes.append(
            f"{100 * unseen:.0f} % of the skin has too few usable lights to tell its slope (shadow, shine or a "
            "full pixel) and counts as not seen; deep narrow scars are the first to be lost"
        )
    doubt = value_of("capture.light_choice_to_tell_mm")
    if report.light_choice_mm is not None and report.light_choice_mm > doubt:
        notes.append(
            f"heights change by {1000 * report.light_choice_mm:.0f} um (standard deviation) with the choice of lights: "
            "check their directions and strengths, and that the skin does not shine"
        )
    return notes
