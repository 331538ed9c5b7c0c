"""The outcomes of a plan: every scar that it treats simulated in every draw, with and without maintenance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from scarplan.evidence.library import value_of
from scarplan.forecast.courses import ZoneHealer
from scarplan.forecast.days import choose_days, maintained_session_days
from scarplan.forecast.kinds import draw_edged, draw_tethered
from scarplan.forecast.many_draws import write_rows
from scarplan.forecast.parallel import in_parallel
from scarplan.forecast.scanner import ScannerModel
from scarplan.forecast.simulate import ScarSimulator, prepare_simulation
from scarplan.records.plan import Plan
from scarplan.records.protocol import ZoneSetting
from scarplan.response import ZoneCourse
from scarplan.scars import MeasuringWindows
from scarplan.surface.surface import Surface


@dataclass(frozen=True)
class Timetable:
    """Days of a forecast, counted from the first session."""

    days: tuple[int, ...]
    session_days: tuple[int, ...]
    maintained_days: tuple[int, ...]
    judge_day: int

    @property
    def judge_index(self) -> int:
        """Number of the day on which the result is judged."""
        return self.days.index(self.judge_day)

    @property
    def indices(self) -> tuple[int, ...]:
        """Number of every day."""
        return tuple(range(len(self.days)))

    @property
    def later_indices(self) -> tuple[int, ...]:
        """Numbers of the days after the first maintenance session; before them both courses are one."""
        extra = self.maintained_days[len(self.session_days) :]
        return tuple(i for i, day in enumerate(self.days) if extra and day > extra[0])


@dataclass(frozen=True)
class TreatedScar:
    """One treated scar: its row of the scars result, its simulator and the courses of its zone."""

    row: Mapping[str, Any]
    simulator: ScarSimulator
    course: ZoneCourse
    maintained_course: ZoneCourse


@dataclass(frozen=True)
class Outcomes:
    """Depth (mm) and volume (mm3) of the treated scars [draw t scar]; `present_*` is the first scan [scar]."""

    timetable: Timetable
    scars: tuple[TreatedScar, ...]
    present_depth_mm: Float[np.ndarray, " scar"]
    present_volume_mm3: Float[np.ndarray, " scar"]
    depth_mm: Float[np.ndarray, "draw t scar"]
    volume_mm3: Float[np.ndarray, "draw t scar"]
    maintained_depth_mm: Float[np.ndarray, "draw t scar"]


def make_timetable(plan: Plan) -> Timetable:
    """Return the days of the forecast of `plan`."""
    sessions = tuple(n * plan.interval_days for n in range(plan.sessions))
    last = sessions[-1] if sessions else 0
    horizon = value_of("forecast.horizon_days")
    judge = last + plan.judge_after_days
    return Timetable(
        days=choose_days(last, judge_day=judge, horizon_days=horizon),
        session_days=sessions,
        maintained_days=maintained_session_days(
            sessions, every_days=plan.maintenance_days or horizon + 1, horizon_days=horizon
        ),
        judge_day=judge,
    )


def zone_setting(plan: Plan, zone: str | None, side: str | None) -> ZoneSetting | None:
    """Return what `plan` gives the skin of one zone, None where the clinic has still to set its needle length."""
    planned = plan.zone_of(zone, side)
    if planned is None or planned.zone is None or planned.needle_length_mm is None or planned.passes is None:
        return None
    return ZoneSetting(
        zone=planned.zone,
        needle_length_mm=planned.needle_length_mm,
        channels_per_cm2=planned.channels_per_cm2 or 0.0,
        passes=planned.passes,
        mode=planned.mode or "glide",
    )


def simulate_outcomes(
    plan: Plan,
    *,
    charts: Mapping[str, tuple[Surface, MeasuringWindows]],
    rows: Sequence[Mapping[str, Any]],
    healer: ZoneHealer,
    scanner: ScannerModel,
    progress: Callable[[str, float], None],
    timetable: Timetable | None = None,
) -> Outcomes:
    """Return the outcomes of `plan` for the scars in `rows`, each of which lies in a zone with a setting.

    `timetable` is that of the plan unless another is given.
    """
    timetable = timetable or make_timetable(plan)
    progress("healing the zones", 0.0)
    scars = _prepare(plan, timetable, charts=charts, rows=rows, healer=healer, scanner=scanner)
    return simulate_treated(scars, timetable, progress=progress)


def simulate_treated(
    scars: tuple[TreatedScar, ...], timetable: Timetable, *, progress: Callable[[str, float], None]
) -> Outcomes:
    """Return the outcomes of scars that are ready, each with the courses of its own place."""
    progress("simulating the surfaces and measuring them", 0.3)
    courses = {id(course): course for scar in scars for course in (scar.course, scar.maintained_course)}
    rows_of = {key: write_rows(course) for key, course in courses.items()}
    plain = in_parallel(lambda scar: scar.simulator.simulate(rows_of[id(scar.course)], timetable.indices), scars)
    progress("simulating the surfaces with maintenance", 0.7)
    later = timetable.later_indices
    depth = np.stack([scar.depth_mm for scar in plain], axis=2)
    maintained = depth.copy()
    if later:
        kept = in_parallel(lambda scar: scar.simulator.simulate(rows_of[id(scar.maintained_course)], later), scars)
        maintained[:, later, :] = np.stack([scar.depth_mm for scar in kept], axis=2)
    return Outcomes(
        timetable=timetable,
        scars=scars,
        present_depth_mm=np.array([scar.present_depth_mm for scar in plain]),
        present_volume_mm3=np.array([scar.present_volume_mm3 for scar in plain]),
        depth_mm=depth,
        volume_mm3=np.stack([scar.volume_mm3 for scar in plain], axis=2),
        maintained_depth_mm=maintained,
    )


def _prepare(
    plan: Plan,
    timetable: Timetable,
    *,
    charts: Mapping[str, tuple[Surface, MeasuringWindows]],
    rows: Sequence[Mapping[str, Any]],
    healer: ZoneHealer,
    scanner: ScannerModel,
) -> tuple[TreatedScar, ...]:
    tethered = draw_tethered(rows, count=healer.count, seed=healer.seed)
    edged = draw_edged(rows, count=healer.count, seed=healer.seed)
    courses: dict[ZoneSetting, tuple[ZoneCourse, ZoneCourse]] = {}
    settings = []
    for row in rows:
        setting = zone_setting(plan, row["zone"], row["side"])
        if setting is None:
            raise ValueError(f"scar {row['id']} lies in a zone without a setting")
        if setting not in courses:
            additions, days = plan.adjuncts, timetable.days
            plain = healer.heal(setting, session_days=timetable.session_days, days=days, adjuncts=additions)
            kept = healer.heal(setting, session_days=timetable.maintained_days, days=days, adjuncts=additions)
            courses[setting] = scanner.blur(plain), scanner.blur(kept)
        settings.append(setting)

    def prepare(number: int) -> TreatedScar:
        row, (course, maintained) = rows[number], courses[settings[number]]
        surface, windows = charts[row["chart"]]
        simulator = prepare_simulation(
            surface,
            windows[row["id"]],
            course,
            tethered=tethered[:, number],
            edged=edged[:, number],
            scanner=scanner,
            seed=healer.seed,
        )
        return TreatedScar(row=row, simulator=simulator, course=course, maintained_course=maintained)

    return tuple(in_parallel(prepare, range(len(rows))))
