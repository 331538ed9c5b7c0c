"""Doubts about photographs: what makes one hard to use, and what differs between two dates of one view."""

from __future__ import annotations

from dataclasses import dataclass

from scarplan.evidence.library import quantity, value_of
from scarplan.photographs.capture import exposure_value
from scarplan.photographs.views import is_close_up
from scarplan.records.photograph import Photograph

_LOOKS = "other light, distance or lens makes skin look better or worse than it is"


@dataclass(frozen=True)
class Difference:
    """One condition that differs between two photographs, each in words."""

    condition: str
    earlier: str
    later: str


def list_warnings(photo: Photograph, *, has_ruler: bool) -> list[str]:
    """Return in words what makes one photograph hard to use."""
    told = []
    conditions = photo.conditions
    megapixels, least = photo.width_px * photo.height_px / 1e6, value_of("photographs.megapixels_least")
    if megapixels < least:
        told.append(f"{megapixels:.1f} million pixels, fewer than {least:g}: small scars may not show")
    if conditions.make_up == "yes":
        told.append("make-up hides scars and colour")
    if conditions.expression in ("smiling", "other"):
        told.append("the face is not at rest: creases and stretched skin change how scars look")
    lens, advised = _lens_mm(photo), quantity("photographs.lens_equivalent_mm")
    if lens is not None and advised.low is not None and advised.high is not None:
        if lens < advised.low:
            told.append(
                f"a lens of {lens:g} mm bends a face taken from near; {advised.low:g} to {advised.high:g} is advised"
            )
        elif lens > advised.high:
            told.append(f"a lens of {lens:g} mm is longer than the advised {advised.low:g} to {advised.high:g}")
    days, swelling = conditions.days_since_session, value_of("surface.swelling_days")
    if days is not None and days < swelling:
        told.append(f"taken {days} days after a session: for about {swelling} days swelling hides scars")
    if is_close_up(photo.view) and conditions.ruler_mm is None and not has_ruler:
        told.append("no ruler in this close-up: widths cannot be read")
    if unknown := _unknown_conditions(photo):
        told.append("not recorded: " + ", ".join(unknown))
    return told


def compare_conditions(earlier: Photograph, later: Photograph) -> list[Difference]:
    """Return the conditions that are known of both photographs and differ."""
    a, b = earlier.conditions, later.conditions
    found = [
        Difference(name, str(one), str(other))
        for name, one, other in (
            ("light", a.light, b.light),
            ("polarisation", a.polarisation, b.polarisation),
            ("make-up", a.make_up, b.make_up),
            ("expression", a.expression, b.expression),
            ("flash", _say_flash(earlier), _say_flash(later)),
            ("white balance", earlier.camera.white_balance, later.camera.white_balance),
        )
        if one not in (None, "unknown") and other not in (None, "unknown") and _fold(one) != _fold(other)
    ]
    tolerance = value_of("photographs.distance_tolerance")
    for name, one, other, unit in (
        ("distance", a.distance_cm, b.distance_cm, "cm"),
        ("lens", _lens_mm(earlier), _lens_mm(later), "mm"),
    ):
        if one is not None and other is not None and abs(one - other) > tolerance * max(one, other):
            found.append(Difference(name, f"{one:g} {unit}", f"{other:g} {unit}"))
    ev = [exposure_value(photo.camera) for photo in (earlier, later)]
    if (
        ev[0] is not None
        and ev[1] is not None
        and abs(ev[0] - ev[1]) >= value_of("photographs.exposure_tolerance_stops")
    ):
        found.append(Difference("light by the camera's exposure", f"{ev[0]:.1f} stops", f"{ev[1]:.1f} stops"))
    return found


def say_differences(differences: list[Difference]) -> str:
    """Return differing conditions as one warning, empty where none differs."""
    if not differences:
        return ""
    told = "; ".join(f"{found.condition}: {found.earlier}, then {found.later}" for found in differences)
    return f"taken under different conditions ({told}): {_LOOKS}"


def _lens_mm(photo: Photograph) -> float | None:
    return photo.conditions.lens_mm or photo.camera.lens_equivalent_mm


def _say_flash(photo: Photograph) -> str | None:
    return None if photo.camera.flash is None else "with flash" if photo.camera.flash else "without flash"


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _unknown_conditions(photo: Photograph) -> list[str]:
    given = photo.conditions
    known = {
        "light": given.light is not None,
        "polarisation": given.polarisation != "unknown",
        "distance": given.distance_cm is not None,
        "lens": _lens_mm(photo) is not None,
        "make-up": given.make_up != "unknown",
        "expression": given.expression != "unknown",
    }
    return [name for name, is_known in known.items() if not is_known]
