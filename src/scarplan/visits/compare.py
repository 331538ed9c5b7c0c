"""Compare two visits: register, match, and measure the change of every scar with what could be mere error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from scarplan.evidence.library import value_of
from scarplan.scars.measure import seen_skin
from scarplan.scars.scarmap import Scar, ScarMap
from scarplan.scars.upright import upright_part
from scarplan.surface.surface import Scan, Surface
from scarplan.visits.change import MeasuredChange, ScarWindow, measure_change, place_window, widen_region
from scarplan.visits.detectable import (
    change_sd_mm,
    null_changes,
    pool_deviations,
    room_of,
    sampling_error_mm,
)
from scarplan.visits.faces import register_scans
from scarplan.visits.match import ScarMatch, match_scars
from scarplan.visits.register import Registration

#: A change is told from error beyond this many standard deviations (95 % of mere errors lie within).
DETECTABLE_SDS = 1.96

Progress = Callable[[str, float], None]
Admit = Callable[[Mapping[str, Registration | None]], Mapping[str, Registration | None]]


@dataclass(frozen=True)
class ScarChange:
    """What happened to one place between two visits.

    id_a, id_b         the scar on either visit; None where it was found on one only
    chart              chart of the baseline on which it was measured
    depth_before_mm    as the table of the baseline tells it (what was found on the follow-up alone: below the
                       baseline's rim); raised negative
    depth_after_mm     depth before and the change, so below the baseline's rim
    sd_mm              standard deviation of the change
    detectable_mm      the least change that could be told from error here
    is_direct          measured on both visits laid over each other; False where that could not be done (too little
                       skin around) and two depths measured apart were subtracted
    """

    id_a: int | None
    id_b: int | None
    chart: str
    depth_before_mm: float
    depth_after_mm: float
    sd_mm: float
    detectable_mm: float
    is_direct: bool = True

    @property
    def depth_change_mm(self) -> float:
        """Depth after less depth before."""
        return self.depth_after_mm - self.depth_before_mm

    @property
    def is_detectable(self) -> bool:
        """Whether the change is larger than mere error."""
        return abs(self.depth_change_mm) > DETECTABLE_SDS * self.sd_mm


@dataclass(frozen=True)
class VisitsCompared:
    """Two visits: where they lie, which scars are the same, and what changed.

    cut          pairs of which one visit shows only a part: their change cannot be told
    unmeasured   scars found on one visit only, with too little skin around to tell whether the relief changed
    """

    registrations: Mapping[str, Registration | None]
    match: ScarMatch
    changes: tuple[ScarChange, ...]
    cut: tuple[tuple[int, int], ...]
    unmeasured: tuple[tuple[int | None, int | None], ...] = ()

    @property
    def laid(self) -> dict[str, Registration]:
        """The charts of the baseline that the follow-up shows."""
        return {name: one for name, one in self.registrations.items() if one is not None}


@dataclass(frozen=True)
class _Sought:
    id_a: int | None
    id_b: int | None
    where: Literal["a", "b"]
    scar: Scar


def compare_visits(
    before: Scan,
    before_map: ScarMap,
    after: Scan,
    after_map: ScarMap,
    *,
    admit: Admit,
    progress: Progress | None = None,
) -> VisitsCompared:
    """Return what changed between two visits.

    `admit` is given the registrations before anything is measured and returns those to be used (None for a chart that
    is left out); it refuses by raising.
    """
    tell = progress or (lambda step, done: None)
    tell("laying the visits over each other", 0.05)
    registrations = register_scans(before, after, before_labels=before_map.labels, after_labels=after_map.labels)
    registrations = admit(registrations)
    tell("finding the same scars", 0.5)
    match = match_scars(before, before_map, after_map, registrations)
    sought = [
        *(_Sought(a, b, "a", before_map.scar(a)) for a, b in match.pairs),
        *(_Sought(a, None, "a", before_map.scar(a)) for a in match.only_a),
        *(_Sought(None, b, "b", after_map.scar(b)) for b in match.only_b),
    ]
    found: list[_Measured] = []
    pitch_mm = max(chart.pixel_mm for chart in after.charts)
    for done, chart in enumerate(before.charts):
        tell(f"measuring change on chart {chart.name}", 0.55 + 0.4 * done / len(before.charts))
        registration = registrations.get(chart.name)
        if registration is not None and chart.name in before_map.level_mm:
            here = _take(sought, chart.name, registration)
            found += _measure_chart(chart, before_map, registration, here, pitch_mm=pitch_mm)
    changes = _best_of(found)
    measured = {(one.id_a, one.id_b) for one in changes}
    left = [(before_map.scar(a), after_map.scar(b)) for a, b in match.pairs if (a, b) not in measured]
    whole = [(one, other) for one, other in left if not (one.touches_edge or other.touches_edge)]
    apart = tuple(_subtract(one, other) for one, other in whole if one.id not in match.cut_a)
    told = measured | {(one.id_a, one.id_b) for one in apart}
    cut = tuple(pair for pair in match.pairs if pair not in told)
    once = [(one.id_a, one.id_b) for one in sought if one.id_a is None or one.id_b is None]
    return VisitsCompared(registrations, match, changes + apart, cut, tuple(key for key in once if key not in told))


def _take(sought: Iterable[_Sought], chart: str, registration: Registration) -> list[_Sought]:
    """Return what is to be measured on a chart: its own scars, and those of the follow-up that lie on it."""
    ids_here = set(np.unique(registration.after_labels).tolist())
    return [one for one in sought if (one.scar.chart == chart if one.where == "a" else one.id_b in ids_here)]


@dataclass(frozen=True)
class _Measured:
    """One place as one chart shows it: its change, changes of unchanged skin, and what the place of pixels costs."""

    sought: _Sought
    chart: str
    width_mm: float
    change: MeasuredChange
    nulls_mm: np.ndarray
    sampling_mm: float


def _measure_chart(
    chart: Surface, before_map: ScarMap, registration: Registration, sought: list[_Sought], *, pitch_mm: float
) -> list[_Measured]:
    known = registration.overlap & seen_skin(chart)
    relief = np.where(known, chart.relief_mm, before_map.level_mm[chart.name])
    difference = np.where(registration.overlap, registration.after_on_before_mm - chart.relief_mm, 0.0)
    room = room_of(registration.free)
    found = []
    for one in sought:
        window = _window_of(one, chart, before_map, registration, known)
        if window is None:
            continue
        here = relief[window.box]
        measured = measure_change(window, here, difference[window.box])
        nulls = null_changes(window, relief, difference, registration.free, room_px=room)
        sampling = sampling_error_mm(window, here, step=pitch_mm / chart.pixel_mm)
        # A chart of a mesh is seen askew: all of this is told upright to the skin, as any depth of a scar is.
        part = upright_part(chart, window.measure)
        change, width_mm = measured.upright(part), window.measure.width_mm
        if one.where == "a":
            # As the baseline's table tells it, corrected. The change is read from heights and needs no correction.
            change = replace(change, before_mm=one.scar.depth_mm)
        found.append(_Measured(one, chart.name, width_mm, change, part * nulls, part * sampling))
    return found


def _window_of(
    one: _Sought, chart: Surface, before_map: ScarMap, registration: Registration, known: np.ndarray
) -> ScarWindow | None:
    labels = before_map.labels[chart.name] if one.where == "a" else registration.after_labels
    is_pair = one.id_a is not None and one.id_b is not None
    # Whether a scar is there at all can be told from most of it; how deep it is, only from the whole.
    least = float(value_of("visits.least_seen_part" if is_pair else "visits.covered_part"))
    window = place_window(
        labels, before_map.level_mm[chart.name], chart.relief_mm, known, registration.free,
        scar_id=one.scar.id, chart=chart.name, sign=-1 if one.scar.depth_mm < 0 else 1, pixel_mm=chart.pixel_mm,
        least_seen=least,
    )  # fmt: skip
    if window is None or not is_pair:
        return window
    return widen_region(window, registration.after_labels[window.box] == one.id_b)


def _best_of(found: list[_Measured]) -> tuple[ScarChange, ...]:
    """Return one change for each place: where several charts show it, the one known best."""
    errors = pool_deviations([one.nulls_mm for one in found], [one.width_mm for one in found])
    best: dict[tuple[int | None, int | None], ScarChange] = {}
    for one, error in zip(found, errors, strict=True):
        if error is None:
            continue
        noise = {"sampling_mm": one.sampling_mm, "slope": one.change.slope}
        change = ScarChange(
            one.sought.id_a, one.sought.id_b, one.chart, one.change.before_mm, one.change.after_mm,
            sd_mm=change_sd_mm(error, **noise, uneven_mm=one.change.uneven_mm, change_mm=abs(one.change.change_mm)),
            detectable_mm=DETECTABLE_SDS * change_sd_mm(error, **noise),
        )  # fmt: skip
        key = (one.sought.id_a, one.sought.id_b)
        if key not in best or change.sd_mm < best[key].sd_mm:
            best[key] = change
    return tuple(best.values())


def _subtract(before: Scar, after: Scar) -> ScarChange:
    """Return the change as the difference of two depths measured apart, with the errors of two rims."""
    sd = float(np.hypot(before.depth_sd_mm, after.depth_sd_mm))
    return ScarChange(
        before.id, after.id, before.chart, before.depth_mm, after.depth_mm,
        sd_mm=sd, detectable_mm=DETECTABLE_SDS * sd, is_direct=False,
    )  # fmt: skip


def with_repeatability(compared: VisitsCompared, depth_sd_mm: float) -> VisitsCompared:
    """Return the comparison with no change known better than the patient's own repeated scans agree."""
    changes = []
    for one in compared.changes:
        detectable = max(one.detectable_mm, DETECTABLE_SDS * depth_sd_mm)
        changes.append(replace(one, sd_mm=max(one.sd_mm, depth_sd_mm), detectable_mm=detectable))
    return replace(compared, changes=tuple(changes))
