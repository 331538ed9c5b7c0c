"""One step backwards: from slopes by what a step leaves to slopes by what it started from and by its rates.

Each function undoes one of `cascade.py` or `pools.py` by the chain rule; `by_x` is the slope of the number that is
followed by x. A single tissue per unit of room. What is needed more than once is made once, in the order below: left to
itself the compiler works it out again in every sum over layers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from scarplan.response.cascade import Fibroblasts, Worked
from scarplan.response.pools import Layered, Maturation, Pools, Synthesis

_Cells = Float[Array, "z draw"]
_Drives = tuple[_Cells, _Cells, _Cells]
_Made = TypeVar("_Made")


class Activity(NamedTuple):
    """What `advance_activity` meets on its way [z draw]; `per_rates` and `per_activity` are what it divides by."""

    before: _Cells
    since_middle: _Cells
    kept: _Cells
    per_rates: _Cells
    level: _Cells
    after: _Cells
    middle: _Cells
    worked: _Cells
    per_activity: _Cells
    share: _Cells

    @property
    def by_middle(self) -> _Cells:
        """What was worked up to the middle."""
        return 0.25 * self.share * (5.0 * self.before + 8.0 * self.middle - self.after)

    @property
    def shared(self) -> _Drives:
        """What was worked, shared out over the start, middle and end."""
        return self.share * self.before, 4.0 * self.share * self.middle, self.share * self.after


def once(days: Float[Array, ""], work: Callable[[], _Made]) -> _Made:
    """Return what `work` makes. A step has days, but the compiler cannot know it, and so makes each part once."""
    made = jax.eval_shape(work)
    return jax.lax.cond(days >= 0.0, work, lambda: jax.tree.map(lambda one: jnp.zeros(one.shape, one.dtype), made))


def retrace_activity(
    before: _Cells,
    drives: _Drives,
    *,
    days: Float[Array, ""],
    resting: Float[Array, " draw"],
    loss: Float[Array, " draw"],
) -> Activity:
    """Return the way of `advance_activity` again."""
    first, second, third = drives
    sixth = days / 6.0

    def reach_the_end() -> tuple[_Cells, ...]:
        first_half = 0.25 * sixth * (5.0 * first + 8.0 * second - third) + 3.0 * sixth * loss
        second_half = 0.25 * sixth * (5.0 * third + 8.0 * second - first) + 3.0 * sixth * loss
        since_middle = jnp.exp(-second_half)
        kept = jnp.exp(-first_half) * since_middle
        rise = first * kept + 4.0 * second * since_middle + third
        per_rates = 1.0 / (rise + loss * (kept + 4.0 * since_middle + 1.0))
        level = rise * per_rates
        return since_middle, kept, per_rates, level, before * kept + (1.0 - kept) * level

    since_middle, kept, per_rates, level, after = once(days, reach_the_end)

    def share_out() -> tuple[_Cells, ...]:
        gain, gain_after = first * (1.0 - before), third * (1.0 - after)
        middle = 0.5 * (before * resting + after / resting) + 0.75 * sixth * (gain * resting - gain_after / resting)
        worked = (before - after + sixth * (gain + 4.0 * second * (1.0 - middle) + gain_after)) / loss
        per_activity = 1.0 / jnp.maximum(before + 4.0 * middle + after, jnp.finfo(before.dtype).tiny)
        return middle, worked, per_activity, worked * per_activity

    return Activity(before, since_middle, kept, per_rates, level, after, *once(days, share_out))


def undo_activity(
    by_after: _Cells,
    by_worked: Worked,
    way: Activity,
    drives: _Drives,
    *,
    days: Float[Array, ""],
    resting: Float[Array, " draw"],
    loss: Float[Array, " draw"],
) -> tuple[_Cells, _Drives, Float[Array, " draw"], Float[Array, " draw"]]:
    """Return slopes by the fibroblasts before, by the drives, and by `resting` and `loss`."""
    first, second, third = drives
    sixth = days / 6.0
    before, after, middle, share = way.before, way.after, way.middle, way.share

    def undo_sharing() -> tuple[_Cells, ...]:
        shared = 0.25 * (5.0 * before + 8.0 * middle - after) * by_worked.by_middle
        shared += before * by_worked.start + 4.0 * middle * by_worked.middle + after * by_worked.end
        by_sum = way.per_activity * shared
        by_activity, by_balance = -share * by_sum, (by_worked.by_end + by_sum) / loss
        by_middle = share * (2.0 * by_worked.by_middle + 4.0 * by_worked.middle) + 4.0 * by_activity
        return by_activity, by_balance, by_middle - 4.0 * sixth * second * by_balance

    by_activity, by_balance, by_middle = once(days, undo_sharing)

    def undo_middle() -> tuple[_Cells, ...]:
        by_gain = sixth * (by_balance + 0.75 * resting * by_middle)
        by_gain_after = sixth * (by_balance - 0.75 * by_middle / resting)
        by_end = by_after + share * (by_worked.end - 0.25 * by_worked.by_middle) + by_activity - by_balance
        by_end = by_end + 0.5 * by_middle / resting - third * by_gain_after
        return by_gain, by_gain_after, by_end, (1.0 - way.kept) * by_end * way.per_rates

    by_gain, by_gain_after, by_end, by_level = once(days, undo_middle)
    by_rise, by_weight = (1.0 - way.level) * by_level, -way.level * by_level

    def undo_decay() -> tuple[_Cells, _Cells]:
        by_kept = (before - way.level) * by_end + first * by_rise + loss * by_weight
        by_second_half = -way.since_middle * 4.0 * (second * by_rise + loss * by_weight)
        return -way.kept * by_kept, by_second_half - way.kept * by_kept

    by_first_half, by_second_half = once(days, undo_decay)

    def gather() -> tuple[_Cells, _Drives, Float[Array, " draw"], Float[Array, " draw"]]:
        by_both = by_first_half + by_second_half
        by_before = share * (1.25 * by_worked.by_middle + by_worked.start) + by_activity + by_balance
        by_before = by_before + 0.5 * resting * by_middle - first * by_gain + way.kept * by_end
        left = before - after / resting**2
        gained = first * (1.0 - before) + third * (1.0 - after) / resting**2
        by_drives = (
            (1.0 - before) * by_gain + way.kept * by_rise + 0.25 * sixth * (5.0 * by_first_half - by_second_half),
            4.0 * sixth * (1.0 - middle) * by_balance + 4.0 * way.since_middle * by_rise + 2.0 * sixth * by_both,
            (1.0 - after) * by_gain_after + by_rise + 0.25 * sixth * (5.0 * by_second_half - by_first_half),
        )
        by_resting = jnp.sum(by_middle * (0.5 * left + 0.75 * sixth * gained), axis=0)
        by_loss = jnp.sum(
            3.0 * sixth * by_both - way.worked * by_balance + (way.kept + 4.0 * way.since_middle + 1.0) * by_weight,
            axis=0,
        )
        return by_before, by_drives, by_resting, by_loss

    return once(days, gather)


def undo_drives(
    by_drives: tuple[_Cells, _Cells],
    drives: tuple[_Cells, _Cells],
    units: tuple[Float[Array, "3 kind draw"], Float[Array, "3 kind draw"]],
    cells: Fibroblasts,
    *,
    days: Float[Array, ""],
) -> tuple[tuple[Float[Array, "3 kind draw"], ...], Fibroblasts]:
    """Return slopes by the unit responses from which two drives were made, and by the fibroblasts' rates."""
    top, half = cells.activation, cells.half_activation

    def gather() -> tuple[tuple[Array, ...], Fibroblasts]:
        by_signals = [by * (top / half) * (1.0 - drive / top) ** 2 for by, drive in zip(by_drives, drives, strict=True)]
        by_units = tuple(
            jnp.zeros_like(unit).at[2].set(jnp.sum(by * cells.arriving, axis=1))
            for by, unit in zip(by_signals, units, strict=True)
        )
        arriving = sum(by * unit[2][:, None] for by, unit in zip(by_signals, units, strict=True))
        plain = sum(jnp.sum(by * drive, axis=0) for by, drive in zip(by_drives, drives, strict=True))
        square = sum(jnp.sum(by * drive**2, axis=0) for by, drive in zip(by_drives, drives, strict=True))
        by_rates = Fibroblasts(
            arriving=jnp.asarray(arriving),
            activation=plain / top,
            half_activation=(square / top - plain) / half,
            loss=jnp.zeros_like(top),
        )
        return by_units, by_rates

    return once(days, gather)


class _Making(NamedTuple):
    """What `advance_pools` meets on its way, and slopes by what is made [1 z draw]; `per_room` [z draw].

    left       share of the fragments left at the middle and the end [z draw]
    room       at the start, middle and end
    by_made    slopes by what is made there
    per_room   what is made there per room left: `first`, `second`, `third` of `pools.py`
    """

    left: tuple[_Cells, _Cells]
    room: tuple[Layered, Layered, Layered]
    by_made: tuple[Layered, Layered, Layered]
    per_room: tuple[_Cells, _Cells, _Cells]


class _Unmade(NamedTuple):
    """What is made at the middle, and slopes by the rooms and by the makings per room [1 z draw].

    by_kept, by_share   slopes by what half a step keeps of new collagen, and by the share of type III [draw]
    """

    at_middle: Layered
    by_room: tuple[Layered, Layered, Layered]
    by_per_room: tuple[Layered, Layered, Layered]
    by_kept: Float[Array, " draw"]
    by_share: Float[Array, " draw"]


def undo_pools(
    by_after: Pools, pools: Pools, way: Activity, *, over: Maturation, synthesis: Synthesis
) -> tuple[Pools, Worked, Maturation, Synthesis]:
    """Return slopes by the pools before, by what was worked, and by the rates, from slopes by the pools after."""
    days = over.days
    making = once(days, lambda: _retrace_making(by_after, pools, way, over=over, synthesis=synthesis))
    unmade = once(days, lambda: _undo_making(by_after, making, over=over))

    def gather() -> tuple[Pools, Worked, Maturation, Synthesis]:
        seen = days / (6.0 * synthesis.lag_days)
        # What is left at the end takes room as well.
        by_left = tuple(by - unmade.by_room[2] for by in by_after.linear)
        by_fragments = (
            4.0 * seen * over.lag_left * by_after.shown - unmade.by_room[1],
            by_after.fragments + seen * by_after.shown - unmade.by_room[2],
        )
        by_decay = tuple(left * pools.fragments * by for left, by in zip(making.left, by_fragments, strict=True))
        kept = making.left[0] * by_fragments[0] + making.left[1] * by_fragments[1]
        (by_first, by_second, by_third), (by_middle, by_end) = unmade.by_per_room, by_decay
        by_iii, by_immature, by_mature = _by_linear(by_after.shown, by_left, unmade, over=over)
        by_pools = Pools(
            type_iii=by_iii,
            immature=by_immature,
            mature_surplus=by_mature,
            fragments=kept + seen * over.lag_left**2 * by_after.shown - unmade.by_room[0],
            shown=over.full[3, 3] * by_after.shown,
        )
        by_worked = Worked(
            by_middle=-synthesis.removal_per_day * by_middle[0],
            by_end=-synthesis.removal_per_day * by_end[0],
            start=synthesis.per_room * by_first[0],
            middle=synthesis.per_room * by_second[0],
            end=synthesis.per_room * by_third[0],
        )
        by_over, by_lag_days = _by_maturation(
            by_after, pools, making, unmade, by_left=by_left, by_decay=by_decay, over=over, lag_days=synthesis.lag_days
        )
        by_synthesis = Synthesis(
            per_room=_sum(by_first * way.shared[0] + by_second * way.shared[1] + by_third * way.shared[2]),
            room=jnp.zeros_like(synthesis.room),
            type_iii_share=unmade.by_share,
            removal_per_day=-_sum(way.by_middle * by_middle + way.worked * by_end),
            lag_days=by_lag_days,
            destroyed=jnp.zeros_like(synthesis.destroyed),
        )
        return by_pools, by_worked, by_over, by_synthesis

    return once(days, gather)


def _retrace_making(by_after: Pools, pools: Pools, way: Activity, *, over: Maturation, synthesis: Synthesis) -> _Making:
    removed, share, left = synthesis.removal_per_day, synthesis.type_iii_share, over.fragments_left
    left_middle, left_end = left * jnp.exp(-removed * way.by_middle), left**2 * jnp.exp(-removed * way.worked)
    by_first, by_second = (
        new[0] * by_after.type_iii
        + new[1] * by_after.immature
        + new[2] * by_after.mature_surplus
        + new[3] * by_after.shown
        for new in (over.full_of_new, over.half_of_new)
    )
    first, second, third = (synthesis.per_room * part for part in way.shared)
    return _Making(
        left=(left_middle, left_end),
        room=(
            1.0 - _taken((1.0, 1.0, 1.0), pools) - pools.fragments,
            1.0 - _taken(_columns(over.half), pools) - pools.fragments * left_middle,
            1.0 - _taken(_columns(over.full), pools) - pools.fragments * left_end,
        ),
        by_made=(by_first, by_second, share * by_after.type_iii + (1.0 - share) * by_after.immature),
        per_room=(first, second, third),
    )


def _undo_making(by_after: Pools, making: _Making, *, over: Maturation) -> _Unmade:
    (room, room_middle, room_end), (by_first, by_second, by_third) = making.room, making.by_made
    first, second, third = making.per_room
    kept = over.half_of_new[0] + over.half_of_new[1] + over.half_of_new[2]
    a, b, c = 3.0 * kept * first, 0.75 * second, 1.5 * kept * second
    per_second = 0.5 * ((2.0 - b) * room_middle - a * (1.0 - b) * room)
    per_third = room_end - c * (1.0 - b) * room_middle - (a * b * c) * room
    by_a = -(0.5 * second * (1.0 - b) * by_second + third * b * c * by_third) * room
    by_b = (0.5 * second * by_second - third * c * by_third) * (a * room - room_middle)
    by_c = -third * by_third * ((1.0 - b) * room_middle + a * b * room)
    return _Unmade(
        at_middle=second * per_second,
        by_room=(
            first * by_first - 0.5 * second * a * (1.0 - b) * by_second - third * (a * b * c) * by_third,
            0.5 * second * (2.0 - b) * by_second - third * c * (1.0 - b) * by_third,
            third * by_third,
        ),
        by_per_room=(
            by_first * room + 3.0 * kept * by_a,
            by_second * per_second + 0.75 * by_b + 1.5 * kept * by_c,
            by_third * per_third,
        ),
        by_kept=_sum(3.0 * first * by_a + 1.5 * second * by_c),
        by_share=_sum((by_after.type_iii - by_after.immature) * (third * per_third)),
    )


def _by_linear(by_shown: Layered, by_left: tuple[Layered, ...], unmade: _Unmade, *, over: Maturation) -> list[Layered]:
    """Return slopes by the three pools that pass into each other."""
    half, full = _columns(over.half), over.full
    found = []
    for pool in range(3):
        by = full[3, pool] * by_shown - unmade.by_room[0] - half[pool] * unmade.by_room[1]
        for later in range(pool, 3):
            by = by + full[later, pool] * by_left[later]
        found.append(by)
    return found


def _by_maturation(
    by_after: Pools,
    pools: Pools,
    making: _Making,
    unmade: _Unmade,
    *,
    by_left: tuple[Layered, ...],
    by_decay: tuple[Layered, ...],
    over: Maturation,
    lag_days: Float[Array, " draw"],
) -> tuple[Maturation, Float[Array, " draw"]]:
    """Return slopes by what happens without synthesis, and by the lag of the surface."""
    lag, by_shown, none = over.lag_left, by_after.shown, jnp.zeros_like(lag_days)
    seen = over.days / (6.0 * lag_days)
    fragments = (pools.fragments, *(pools.fragments * left for left in making.left))
    seen_first, seen_middle, seen_last = (_sum(by_shown * part) for part in fragments)
    # Of half a step only the sums of columns are looked at, the room taken at the middle.
    at_half = jnp.stack([-_sum(unmade.by_room[1] * pool) for pool in pools.linear] + [none])
    below = [[_sum(by * pool) for pool in pools.linear[: row + 1]] for row, by in enumerate(by_left)]
    below.append([_sum(by_shown * pool) for pool in (*pools.linear, pools.shown)])
    by_new = (*by_after.linear, by_shown)
    first = making.per_room[0] * making.room[0]
    by_over = Maturation(
        days=jnp.zeros_like(over.days),
        half=jnp.stack([at_half, at_half, at_half, jnp.zeros_like(at_half)]),
        full=jnp.stack([jnp.stack(row + [none] * (4 - len(row))) for row in below]),
        half_of_new=jnp.stack(
            [_sum(by * unmade.at_middle) + unmade.by_kept * (row < 3) for row, by in enumerate(by_new)]
        ),
        full_of_new=jnp.stack([_sum(by * first) for by in by_new]),
        fragments_left=(_sum(by_decay[0]) + 2.0 * _sum(by_decay[1])) / over.fragments_left,
        lag_left=seen * (2.0 * lag * seen_first + 4.0 * seen_middle),
    )
    return by_over, -seen / lag_days * (seen_first * lag**2 + 4.0 * seen_middle * lag + seen_last)


def _columns(over: Float[Array, "4 4 draw"]) -> Float[Array, "4 draw"]:
    """Return how much of each pool is left in any of the three that pass into each other."""
    return over[0] + over[1] + over[2]


def _taken(of: Sequence[float] | Float[Array, "4 draw"], pools: Pools) -> Layered:
    return of[0] * pools.type_iii + of[1] * pools.immature + of[2] * pools.mature_surplus


def undo_destruction(by_after: Pools, pools: Pools, share: _Cells) -> tuple[Pools, _Cells]:
    """Return slopes by the pools before an injury, and by the `share` that it destroys."""
    by_before = Pools(
        type_iii=(1.0 - share) * by_after.type_iii + share * by_after.fragments,
        immature=(1.0 - share) * by_after.immature + share * by_after.fragments,
        mature_surplus=by_after.mature_surplus,
        fragments=by_after.fragments,
        shown=by_after.shown,
    )
    by_share = pools.type_iii * (by_after.fragments - by_after.type_iii)
    by_share = by_share + pools.immature * (by_after.fragments - by_after.immature)
    return by_before, by_share[0]


def _sum(values: Array) -> Float[Array, " draw"]:
    return jnp.sum(values, axis=tuple(range(values.ndim - 1)))
