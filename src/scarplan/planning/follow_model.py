"""The settings of a front followed with the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from scarplan.forecast.courses import ZoneHealer
from scarplan.planning.evaluate import make_setting
from scarplan.planning.grid import ZoneTarget
from scarplan.planning.inverse import Name
from scarplan.planning.many import Candidate, ManyCourses
from scarplan.planning.objective import ZoneOutcome
from scarplan.planning.prescribe import Setting
from scarplan.planning.schedule import Schedule
from scarplan.records.plan import Additions


@dataclass(frozen=True, eq=False)
class FollowWithModel:
    """Follows settings in few draws: `rows` are their numbers among the healer's, `targets` hold the scars in them."""

    healer: ZoneHealer
    targets: Sequence[ZoneTarget]
    rows: Int[np.ndarray, " few"]

    @cached_property
    def _courses(self) -> ManyCourses:
        """What a session of each setting does is worked out once for all schedules."""
        return ManyCourses(self.healer, self.rows)

    def __call__(
        self,
        named: Sequence[tuple[int, Setting]],
        additions: Sequence[Additions],
        schedule: Schedule,
        days: Sequence[int],
    ) -> Mapping[Name, ZoneOutcome]:
        """Return what each setting of each zone does with each set of additions."""
        each = {
            (number, setting, adjuncts): Candidate(
                make_setting(self.targets[number], setting, self.healer), with_prp="prp" in adjuncts
            )
            for number, setting in named
            for adjuncts in additions
        }
        followed = self._courses.follow(each.values(), schedule.session_days, days)
        return {
            name: followed[candidate].outcome(self.targets[name[0]].scars, with_subcision="subcision" in name[2])
            for name, candidate in each.items()
        }
