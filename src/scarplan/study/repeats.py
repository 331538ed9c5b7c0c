"""Who was measured when, by whom and with what: `repeats.csv`, or folders named subject/repeat.

repeats.csv   subject, case [, repeat] [, operator] [, device] [, side]; one row for each case folder, `case` inside the
              folder. A subject with both sides has a row for each side. Repeats without a number are counted in the
              order of the rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from scarplan.errors import BadInput
from scarplan.study.tidy import read_table

FILE = "repeats.csv"
_DO = f"list the cases in {FILE} (subject, case [, repeat, operator, device, side]), or name folders subject/repeat"


@dataclass(frozen=True)
class Repeat:
    """One case: one measurement of one subject (and side). Empty: not told."""

    subject: str
    case: str
    repeat: str
    operator: str = ""
    device: str = ""
    side: str = ""

    @property
    def occasion(self) -> tuple[str, str, str]:
        """Under which condition it was measured."""
        return self.operator, self.device, self.repeat


def read_repeats(folder: Path) -> list[Repeat]:
    """Return the measurements in `folder`, sorted. Raises BadInput where nobody was measured twice."""
    if not folder.is_dir():
        raise BadInput(f"the folder {folder} does not exist", code="E-REPEAT-001", do=_DO)
    found = _read_list(folder) if (folder / FILE).is_file() else _read_folders(folder)
    counts = Counter((each.subject, each.side) for each in found)
    if not any(count > 1 for count in counts.values()):
        raise BadInput(f"nobody in {folder} was measured twice", code="E-REPEAT-002", got=f"{len(found)} cases", do=_DO)
    return found


def _read_list(folder: Path) -> list[Repeat]:
    counted: Counter[tuple[str, ...]] = Counter()
    found = []
    for number, row in enumerate(read_table(folder / FILE, what="the list of repeats", needed=("subject", "case")), 2):
        who = tuple(row.get(name, "") for name in ("subject", "operator", "device", "side"))
        counted[who] += 1
        repeat = row.get("repeat", "") or str(counted[who])
        if not row["subject"] or not row["case"]:
            raise _bad_row(number, "subject or case is empty")
        case = (folder / row["case"]).resolve()
        if not case.is_relative_to(folder.resolve()) or not case.is_dir():
            raise _bad_row(number, f"{row['case']!r} is no case folder inside {folder}")
        found.append(Repeat(row["subject"], row["case"], repeat, *who[1:]))
    for name, values in (
        ("case", [each.case for each in found]),
        ("measurement", [(each.subject, each.side, *each.occasion) for each in found]),
    ):
        twice = [value for value, count in Counter(values).items() if count > 1]
        if twice:
            told = twice[0] if isinstance(twice[0], str) else " ".join(part for part in twice[0] if part)
            raise BadInput(f"the list of repeats names the {name} {told} twice", code="E-REPEAT-003", do="correct it")
    return sorted(found, key=_order)


def _read_folders(folder: Path) -> list[Repeat]:
    found = [
        Repeat(path.parent.name, f"{path.parent.name}/{path.name}", path.name)
        for path in sorted(folder.glob("*/*"))
        if (path / "results" / "scars.json").is_file()
    ]
    if not found:
        raise BadInput(f"{folder} holds no cases in which scars were found", code="E-REPEAT-002", do=_DO)
    return sorted(found, key=_order)


def _order(repeat: Repeat) -> tuple[str, ...]:
    number = repeat.repeat.zfill(12) if repeat.repeat.isdigit() else repeat.repeat
    return repeat.subject, repeat.side, repeat.operator, repeat.device, number


def _bad_row(number: int, what: str) -> BadInput:
    return BadInput(f"row {number} of the list of repeats: {what}", code="E-REPEAT-003", do="correct the row")
