"""The steps of a course: short after a session, longer and longer later; never moved by the days that are asked for.

After a session growth factor rises within hours and fades within weeks; later only slow exchange between pools is
left, which is solved exactly whatever the step. So steps follow the time since the last session, and end on the days
of sessions. A wanted day between two steps is reached by one shorter step aside, which changes nothing of what follows.
"""

from __future__ import annotations

from bisect import bisect_right

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

# Days since the last session from which steps have a length (days). Chosen by the largest error of the surplus in 400
# draws x 24 layers: 0.06 % on day 3, where there is hardly any, and below 0.02 % from day 14 on.
_LENGTHS = (
    (0.0, 0.0625),
    (0.125, 0.125),
    (0.25, 0.25),
    (0.5, 0.5),
    (2.0, 1.0),
    (4.0, 2.0),
    (16.0, 4.0),
    (40.0, 8.0),
    (72.0, 16.0),
    (104.0, 32.0),
)
#: All lengths are whole multiples of this: half the shortest step, since the middle of each step is looked at.
UNIT_DAYS = 0.03125
#: The longest step.
LONGEST_DAYS = _LENGTHS[-1][1]
# Moves and lengths are padded to multiples of these, so that plans share one compiled program.
MOVE_BLOCK = 1024
_LENGTH_BLOCK = 32


class Steps(eqx.Module):
    """The moves of a course in order, padded; the first `count` count.

    half_units   half the length of each different step, in units of `UNIT_DAYS / parts` [length]
    length       which of these lengths a move has [move]
    session      number of the session just before a move, -1 for none [move]
    stays        whether the course goes on from before the move: a step aside to a wanted day [move]
    row          the wanted day that a move ends on; one past the last for none [move]
    """

    half_units: Int[Array, " length"]
    length: Int[Array, " move"]
    session: Int[Array, " move"]
    stays: Bool[Array, " move"]
    row: Int[Array, " move"]
    count: Int[Array, ""]


def choose_steps(
    session_days: np.ndarray,
    wanted_days: np.ndarray,
    *,
    rows: int,
    parts: int = 1,
    stretch: float = 1.0,
    move_block: int = MOVE_BLOCK,
) -> Steps:
    """Return the steps for whole days in rising order; `rows` is the padded number of wanted days.

    `parts` cuts each step into so many, and `stretch` makes each so many times as long (no longer than the longest),
    both for studying the error of the steps. Moves are padded to multiples of `move_block`: few where each is kept.
    """
    units_per_day = round(parts / UNIT_DAYS)
    sessions = [int(day) * units_per_day for day in session_days]
    wanted = [int(day) * units_per_day for day in wanted_days]
    # Each move is (length, session before it, stays, row); lengths in units, always even.
    moves: list[tuple[int, int, bool, int]] = []
    now, done = 0, bisect_right(wanted, 0)
    starts = sessions if sessions[:1] == [0] else [0, *sessions]
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else None
        session = number - (len(starts) - len(sessions))
        while done < len(wanted) and now != end:
            length = _length(now - start, units_per_day=units_per_day, parts=parts, stretch=stretch)
            length = length if end is None else min(length, end - now)
            while done < len(wanted) and wanted[done] < now + length:
                moves.append((wanted[done] - now, session, True, done))
                done += 1
            if done == len(wanted):
                break
            reached = wanted[done] == now + length
            moves.append((length, session, False, done if reached else rows))
            now, done, session = now + length, done + reached, -1
    return _packed(moves, rows=rows, move_block=move_block)


def _length(age: int, *, units_per_day: int, parts: int, stretch: float) -> int:
    since_session = age / units_per_day
    usual = max(length for since, length in _LENGTHS if since_session >= since)
    return 2 * round(min(stretch * usual, LONGEST_DAYS) * units_per_day / parts / 2.0)


def _packed(moves: list[tuple[int, int, bool, int]], *, rows: int, move_block: int) -> Steps:
    halves = sorted({length // 2 for length, *_ in moves})
    place = {half: number for number, half in enumerate(halves)}

    def column(values: list[int], *, size: int, padding: int) -> Int[Array, " n"]:
        whole = np.full(size, padding, dtype=np.int32)
        whole[: len(values)] = values
        return jnp.asarray(whole)

    size = _padded_size(len(moves), move_block)
    return Steps(
        half_units=column(halves, size=_padded_size(len(halves), _LENGTH_BLOCK), padding=0),
        length=column([place[length // 2] for length, *_ in moves], size=size, padding=0),
        session=column([session for _, session, *_ in moves], size=size, padding=-1),
        stays=column([int(stays) for *_, stays, _ in moves], size=size, padding=1).astype(bool),
        row=column([row for *_, row in moves], size=size, padding=rows),
        count=jnp.asarray(len(moves), dtype=np.int32),
    )


def _padded_size(size: int, block: int) -> int:
    return block * max(1, -(-size // block))
