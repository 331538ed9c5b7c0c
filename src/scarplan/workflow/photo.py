"""Photo: keep dated photographs and marks on them, and tell what they show side by side."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from scarplan.errors import BadInput
from scarplan.records.case import Case
from scarplan.workflow.photo_keep import add_photograph, remove_marks, remove_photograph
from scarplan.workflow.photo_marks import keep_marks
from scarplan.workflow.photo_page import write_mark_page
from scarplan.workflow.photo_result import list_photographs
from scarplan.workflow.progress import Progress, report_nothing


def keep_photos(
    case_path: str | Path,
    file: str | Path | None = None,
    *,
    view: str | None = None,
    date: str | datetime.date | None = None,
    replace: bool = False,
    remove: str | None = None,
    mark: str | None = None,
    marks: str | Path | None = None,
    photo: str | None = None,
    rater: str | None = None,
    progress: Progress | None = None,
    **conditions: Any,
) -> dict[str, Any]:
    """Do one thing with the photographs of a case, and return all of them as `photo.json` tells them.

    `file` with `view`: add a photograph, taken on `date` (default: the day that the camera wrote) under `conditions`
    (`light`, `polarisation`, `distance_cm`, `lens_mm`, `make_up`, `expression`, `ruler_mm`, `days_since_session`,
    `chart`; see `records.photograph.Conditions`). `remove`: the id of a photograph to remove, or with `rater` only
    these marks on it. `mark`: the id of a photograph to write a page for marking it. `marks`: a CSV file of marks by
    `rater` on the photograph with the id `photo`. Nothing of these: list what there is.

    `done` says what was done. Raises BadInput for a file, id, day or condition that cannot be used.
    """
    case, progress = Case(case_path), progress or report_nothing
    given = {name: value for name, value in conditions.items() if value is not None}
    _check_combination(
        file=file, view=view, date=date, remove=remove, mark=mark, marks=marks, photo=photo, rater=rater,
        conditions=given, replace=replace,
    )  # fmt: skip
    progress("reading the photographs", 0.1)
    if file is not None:
        result = add_photograph(case, Path(file), view=view, date=date, replace=replace, conditions=given)
    elif remove is not None:
        result = remove_photograph(case, remove) if rater is None else remove_marks(case, remove, rater)
    elif mark is not None:
        result = write_mark_page(case, mark, rater=rater)
    elif marks is not None and photo is not None and rater is not None:
        result = keep_marks(case, Path(marks), photo_id=photo, rater=rater, replace=replace)
    else:
        case.require()
        result = list_photographs(case)
    progress("done", 1.0)
    return result


#: What is done -> the options that go with it.
_ALLOWED = {
    "file": {"view", "date", "replace", "conditions"},
    "remove": {"rater"},
    "mark": {"rater"},
    "marks": {"photo", "rater", "replace"},
    "nothing": set[str](),
}
_NEEDED = {"file": {"view"}, "marks": {"photo", "rater"}}
_NAMES = {"file": "FILE", "conditions": "conditions of a new photograph", "nothing": "the list (no FILE)"}


def _check_combination(**options: Any) -> None:
    """Raise BadInput unless the options belong to one thing to do."""
    given = {name for name, value in options.items() if value not in (None, False, {})}
    asked = [name for name in ("file", "remove", "mark", "marks") if name in given]
    doing = asked[0] if asked else "nothing"
    wrong = sorted((set(asked) - {doing}) | (given - set(asked) - _ALLOWED[doing]))
    needed = sorted(_NEEDED.get(doing, set()) - given)
    if len(asked) <= 1 and not wrong and not needed:
        return
    say = [_NAMES.get(name, f"--{name}") for name in wrong or needed]
    what = _NAMES.get(doing, f"--{doing}")
    raise BadInput(
        f"{', '.join(say)} {'does not go with' if wrong else 'is missing with'} {what}",
        code="E-PHOTO-012",
        allowed="one of: FILE --view V --date D; --mark ID; --marks FILE.csv --photo ID --rater NAME; --remove ID",
        do="see `scarplan photo --help`",
    )
