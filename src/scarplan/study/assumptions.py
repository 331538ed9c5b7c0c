"""What an analysis takes for granted, looked at in the data and told in words; nothing is decided by it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

from scarplan.evidence.library import value_of
from scarplan.study.endpoints import PatientMeans

#: With fewer values no shape can be judged.
_FEWEST = 8
#: Spreads that differ by more than this factor are told.
_UNEQUAL = 3.0


def check_assumptions(means: PatientMeans, *, split_face: bool, analysis: str) -> list[str]:
    """Return doubts about normality, equal spread and single patients; empty where none shows."""
    doubts = []
    if split_face:
        values = means.outcome[:, 0] - means.outcome[:, 1]
        groups = [values[np.isfinite(values)]]
    else:
        groups = [arm[np.isfinite(arm)] for arm in (means.outcome[:, 0], means.outcome[:, 1])]
    left = np.concatenate([group - group.mean() for group in groups if len(group)]) if groups else np.array([])
    if analysis in ("paired_t", "ancova", "mixed") and len(left) >= _FEWEST and left.std() > 0:
        from scipy.stats import shapiro

        if float(shapiro(left).pvalue) < value_of("study.doubtful_normality_p"):
            doubts.append("the differences of patients do not look normal; look at the analysis by ranks too")
    if len(groups) == 2 and all(len(group) >= _FEWEST for group in groups):
        spreads = sorted(float(group.std(ddof=1)) for group in groups)
        if spreads[0] > 0 and spreads[1] / spreads[0] > _UNEQUAL:
            doubts.append(f"the spread of one arm is {spreads[1] / spreads[0]:.1f} times that of the other")
    doubts += _one_patient(groups, means.patients) if split_face else []
    return doubts


def _one_patient(groups: list[Float[np.ndarray, " n"]], patients: tuple[str, ...]) -> list[str]:
    """Tell where leaving out one patient turns the sign of the difference."""
    values = groups[0]
    if len(values) < 4 or values.mean() == 0:
        return []
    without = (values.sum() - values) / (len(values) - 1)
    turned = int((np.sign(without) != np.sign(values.mean())).sum())
    return [f"leaving out one patient ({turned} of them) turns the sign of the difference"] if turned else []
