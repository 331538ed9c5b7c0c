"""The protocol of an arm as a trial tells it, and what is taken for what it does not tell.

Each thing untold is one standard normal number, the same for all arms of a study: its value is a quantile of the prior
of the quantity `population.<name>`. So what is unknown is carried into every prediction instead of being filled in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import ndtr

from scarplan.evidence.library import quantity, value_of
from scarplan.injury.priors import quantile_of

#: What a trial may leave untold, in the order of the columns of `untold`.
UNTOLD = ("sessions", "interval_days", "days_after_last", "needle_length_mm", "channels_per_cm2")


@dataclass(frozen=True)
class Protocol:
    """What one arm received and when it was looked at; None is not told.

    sessions          fewest and most; most None where the range is open
    days_after_last   days from the last session to the assessment
    days_after_first  days from the first session to the assessment, used where the other is not told
    """

    procedure: str
    device: str | None = None
    needle_length_mm: float | None = None
    sessions: tuple[int, int | None] | None = None
    interval_days: float | None = None
    adjuncts: tuple[str, ...] = ()
    days_after_last: float | None = None
    days_after_first: float | None = None

    @property
    def needles(self) -> bool:
        """Whether mechanical needles are used."""
        return self.procedure == "microneedling"


@dataclass(frozen=True)
class Schedule:
    """A protocol with everything told; every array is [n]."""

    sessions: Float[np.ndarray, " n"]
    interval_days: Float[np.ndarray, " n"]
    days_after_last: Float[np.ndarray, " n"]
    needle_length_mm: Float[np.ndarray, " n"]
    channels_per_cm2: Float[np.ndarray, " n"]


def complete(protocol: Protocol, untold: Float[np.ndarray, "n 5"]) -> Schedule:
    """Return the protocol with each thing untold taken from its prior at the standard normal numbers `untold`."""
    column: dict[str, Float[np.ndarray, " n"]] = dict(zip(UNTOLD, np.atleast_2d(untold).T, strict=True))
    sessions = _sessions(protocol, column["sessions"])
    interval = _told(protocol.interval_days, "interval_days", column)
    needles = protocol.needle_length_mm if protocol.needles else float(value_of("population.needle_length_mm"))
    density = None if protocol.needles else float(value_of("population.channels_per_cm2"))
    # A pen leaves many times the channels of a roller: what nobody tells is drawn from the prior of the device.
    dense = "channels_per_cm2_pen" if protocol.device == "pen" else "channels_per_cm2"
    return Schedule(
        sessions=sessions,
        interval_days=interval,
        days_after_last=_days_after_last(protocol, sessions, interval, column),
        needle_length_mm=_told(needles, "needle_length_mm", column),
        channels_per_cm2=_drawn(dense, column["channels_per_cm2"])
        if density is None
        else np.full(column["channels_per_cm2"].shape, density),
    )


def _sessions(protocol: Protocol, normal: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    if protocol.sessions is None:
        return np.maximum(_drawn("sessions", normal), 1.0)
    low, high = protocol.sessions
    most = low + value_of("population.range_end_sessions") if high is None else high
    return low + (most - low) * ndtr(normal)


def _days_after_last(
    protocol: Protocol,
    sessions: Float[np.ndarray, " n"],
    interval: Float[np.ndarray, " n"],
    column: dict[str, Float[np.ndarray, " n"]],
) -> Float[np.ndarray, " n"]:
    if protocol.days_after_last is None and protocol.days_after_first is not None:
        return np.maximum(protocol.days_after_first - (sessions - 1.0) * interval, 0.0)
    return _told(protocol.days_after_last, "days_after_last", column)


def _told(value: float | None, name: str, column: dict[str, Float[np.ndarray, " n"]]) -> Float[np.ndarray, " n"]:
    normal = column[name]
    return _drawn(name, normal) if value is None else np.full(normal.shape, float(value))


def _drawn(name: str, normal: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    row = quantity(f"population.{name}")
    if row.prior is None:
        raise ValueError(f"{row.name} has no prior to draw from")
    return quantile_of(row, row.prior, ndtr(normal))
