"""What may be set in each zone: the citable needle length settings, or the clinic's, within ceilings never passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scarplan.anatomy import NeedleLengthGuidance, Zone, layers_of, needle_length_guidance
from scarplan.anatomy import zone as find_zone
from scarplan.devices import Device
from scarplan.errors import BadInput
from scarplan.evidence.library import quantity, value_of
from scarplan.forecast.scar_draws import Place
from scarplan.planning.technique import choose_mode, list_passes, state_end_point
from scarplan.records.clinic_protocol import ClinicProtocol, ClinicZone
from scarplan.records.plan import Side
from scarplan.records.protocol import Mode

# Lengths are decimal steps; a float of a file may be off by less than this.
_SAME_MM = 1e-6


@dataclass(frozen=True)
class ZoneOptions:
    """What may be set in one zone and side, before the best of it is chosen.

    ids          what is treated here: scars of a scan, or groups of an examination
    lengths_mm   start settings that are compared; empty where nobody citable says one ("set by the clinic")
    ceiling_mm   never passed, in any session
    gentler_mm, fewer_passes   less than that, which stays within every limit: offered beside the default, never it
    least_mm     shorter than that nobody published for the zone; 0 where nobody says
    """

    zone: str | None
    side: Side | None
    ids: tuple[int, ...]
    lengths_mm: tuple[float, ...]
    length_basis: str
    passes: tuple[int, ...]
    passes_basis: str
    mode: Mode
    mode_note: str
    ceiling: str
    ceiling_mm: float | None
    end_point: str | None = None
    off_label: bool = False
    set_by_the_clinic: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    gentler_mm: tuple[float, ...] = ()
    fewer_passes: tuple[int, ...] = ()
    least_mm: float = 0.0

    @property
    def offered_lengths_mm(self) -> tuple[float, ...]:
        """Every needle length setting that a plan may have here: those compared, and the device's steps below them."""
        return tuple(sorted({*self.gentler_mm, *self.lengths_mm}))

    @property
    def offered_passes(self) -> tuple[int, ...]:
        """Every number of passes that a plan may have here; never more than those compared."""
        return tuple(sorted({*self.fewer_passes, *self.passes}))

    def steps_mm(self, device: Device) -> tuple[float, ...]:
        """Return every needle length setting of the device from the shortest that may be to the longest offered."""
        least = max(self.least_mm, _SAME_MM)  # a setting of 0 would be no needling
        longest = max(self.offered_lengths_mm, default=0.0)
        return tuple(sorted(step for step in device.settings_up_to(longest) if step >= least - _SAME_MM / 2))

    @property
    def pass_steps(self) -> tuple[int, ...]:
        """Every whole number of passes between the fewest and the most that are offered."""
        return tuple(range(min(self.offered_passes), max(self.offered_passes) + 1))

    def end_point_at(self, length_mm: float | None) -> str:
        """Return the end point for a needle length setting; the clinic's own words where it gives some."""
        return self.end_point or state_end_point(length_mm)


def offer_zones(
    places: Mapping[Place, tuple[int, ...]],
    *,
    device: Device,
    clinic: ClinicProtocol | None,
    is_strict: bool,
) -> tuple[ZoneOptions, ...]:
    """Return the options of every zone and side of `places`, in the order of their names.

    `places` is zone and side -> the ids of what is treated there.
    Raises BadInput where the clinic sets a length that the device does not have, or names an unknown zone.
    """
    if clinic is not None:
        for name in clinic.zones:
            find_zone(name)
    order = sorted(places, key=lambda place: (place[0] or "~", place[1] or "~"))
    return tuple(
        _offer_zone(place, places[place], device=device, clinic=clinic, is_strict=is_strict) for place in order
    )


def _offer_zone(
    place: Place,
    ids: tuple[int, ...],
    *,
    device: Device,
    clinic: ClinicProtocol | None,
    is_strict: bool,
) -> ZoneOptions:
    name, side = place
    if name is None:
        return _unknown_zone(ids, side, device)
    zone, wish = find_zone(name), clinic.zone(name) if clinic else ClinicZone()
    common = _technique(zone, wish, device, clinic) | {"zone": name, "side": side, "ids": ids}
    if clinic and wish.needle_length_mm is not None:
        return _clinic_zone(zone, wish.needle_length_mm, clinic, device, is_strict, common)
    guidance = needle_length_guidance(name)
    lengths = _citable_lengths(guidance, device)
    if not lengths:
        return ZoneOptions(
            **common,
            lengths_mm=(),
            length_basis="set by the clinic: no label, guideline, trial or review found gives one for this zone",
            ceiling=_device_ceiling_in_words(device),
            ceiling_mm=_default_ceiling_mm(device),
            set_by_the_clinic=("needle_length_mm",),
        )
    return ZoneOptions(
        **common,
        lengths_mm=lengths,
        gentler_mm=_steps_below(max(lengths), device, least_mm=guidance.low_mm),
        least_mm=guidance.low_mm,
        length_basis=guidance.note,
        ceiling=_device_ceiling_in_words(device),
        ceiling_mm=_default_ceiling_mm(device),
        sources=tuple(guidance.sources),
    )


def _technique(zone: Zone, wish: ClinicZone, device: Device, clinic: ClinicProtocol | None) -> dict[str, Any]:
    mode, note = choose_mode(zone, device)
    if wish.mode and clinic and device.device_class == "pen":
        mode, note = wish.mode, f"set in the {clinic.said_by}"
    passes, basis = list_passes(zone, device), "assumption from practice; the end point comes first"
    if wish.passes and clinic:
        passes, basis = (wish.passes,), f"set in the {clinic.said_by}"
    return {
        "passes": passes,
        "passes_basis": basis,
        "fewer_passes": tuple(n for n in list_passes(zone, device) if n < max(passes)),
        "mode": mode,
        "mode_note": note if not wish.note else f"{note}; {wish.note}",
        "end_point": wish.end_point,
    }


def _unknown_zone(ids: tuple[int, ...], side: Side | None, device: Device) -> ZoneOptions:
    mode, note = choose_mode(None, device)
    return ZoneOptions(
        zone=None,
        side=side,
        ids=ids,
        lengths_mm=(),
        length_basis="the zone of these scars is not known: measured, but no needle length setting is given",
        passes=list_passes(None, device),
        passes_basis="assumption from practice; the end point comes first",
        mode=mode,
        mode_note=note,
        ceiling=_device_ceiling_in_words(device),
        ceiling_mm=_default_ceiling_mm(device),
        set_by_the_clinic=("needle_length_mm",),
        warnings=("the zone of some scars is not known: scan again with --zone to get a setting for them",),
    )


def _citable_lengths(guidance: NeedleLengthGuidance, device: Device) -> tuple[float, ...]:
    """Return the device's own steps up to the published typical one; none without a source that carries it."""
    if not guidance.is_recommendation:
        return ()
    most = min(guidance.typical_mm or guidance.high_mm, guidance.ceiling_mm, _default_ceiling_mm(device))
    steps = [step for step in device.settings_up_to(most) if step >= guidance.low_mm - _SAME_MM]
    return tuple(steps[-value_of("planning.lengths_compared") :])


def _steps_below(length_mm: float, device: Device, *, least_mm: float = 0.0) -> tuple[float, ...]:
    """Return the next shorter settings of the device, so that `planning.lengths_offered` are offered with the longest.

    A length that no step of the device separates from nothing is left out: it would be no needling.
    """
    shorter = [step for step in device.settings_up_to(length_mm - 2 * _SAME_MM) if step >= max(least_mm, _SAME_MM)]
    most = value_of("planning.lengths_offered") - 1
    return tuple(shorter[-most:]) if most else ()


def _default_ceiling_mm(device: Device) -> float:
    """The ceiling of a default: what a cleared label evaluated, and never beyond the device."""
    return min(value_of("anatomy.needle_length_ceiling_mm"), device.evaluated_max_mm or device.max_mm, device.max_mm)


def _device_ceiling_in_words(device: Device) -> str:
    label = quantity("anatomy.needle_length_ceiling_mm")
    most = _default_ceiling_mm(device)
    if most < label.value:
        return f"never beyond {most:g} mm, the longest setting of {device.name}"
    return f"never beyond {label.value:g} mm: no longer setting was evaluated in a cleared label"


def _clinic_zone(
    zone: Zone, length_mm: float, clinic: ClinicProtocol, device: Device, is_strict: bool, common: dict[str, Any]
) -> ZoneOptions:
    if length_mm > device.max_mm + _SAME_MM:
        raise BadInput(
            f"the {clinic.said_by} sets a needle length in the zone {zone.id} that {device.name} does not reach",
            code="E-PLAN-004",
            got=f"{length_mm:g} mm",
            allowed=f"at most {device.max_mm:g} mm",
            do="correct the clinic protocol or name another device (`scarplan devices`)",
        )
    length_mm = device.require_setting(length_mm)
    evaluated = _default_ceiling_mm(device)
    off_label = length_mm > evaluated + _SAME_MM
    start, warnings = _first_setting(length_mm, device, is_strict)
    ceiling_mm = length_mm if off_label else evaluated
    ceiling = (
        f"never beyond {length_mm:g} mm; off-label: settings above {evaluated:g} mm were not evaluated"
        if off_label
        else _device_ceiling_in_words(device)
    )
    return ZoneOptions(
        **common,
        lengths_mm=(start,),
        gentler_mm=_steps_below(start, device),
        length_basis=f"set in the {clinic.said_by}",
        ceiling=ceiling,
        ceiling_mm=ceiling_mm,
        off_label=off_label,
        warnings=(*warnings, *_thickness_warning(zone, length_mm)),
    )


def _first_setting(length_mm: float, device: Device, is_strict: bool) -> tuple[float, tuple[str, ...]]:
    """Return the start setting: darker or unknown skin does not begin with a long one."""
    most = value_of("planning.first_session_most_mm")
    if not is_strict or length_mm <= most + _SAME_MM:
        return length_mm, ()
    start = device.setting_below(most)
    if start is None:
        raise BadInput(
            f"{device.name} has no needle length setting short enough for a first session in darker or unknown skin",
            code="E-PLAN-005",
            got=f"{length_mm:g} mm",
            allowed=f"at most {most:g} mm",
            do="name another device (`scarplan devices`)",
        )
    return start, (
        f"skin type IV to VI or unknown: the first session starts at {start:g} mm, not the clinic's {length_mm:g} mm; "
        "go on only when no darker patches came",
    )


def _thickness_warning(zone: Zone, length_mm: float) -> tuple[str, ...]:
    layers = layers_of(zone.id)
    skin_mm = layers.epidermis_mm + layers.dermis_mm
    # A tenth of a millimetre is within the error of the thickness; only a clear excess is worth a warning.
    if length_mm <= skin_mm + 0.1:
        return ()
    return (f"{zone.name}: {length_mm:g} mm is longer than the skin there is thick on average ({skin_mm:.1f} mm)",)
