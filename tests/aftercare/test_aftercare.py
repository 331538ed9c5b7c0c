"""Aftercare: days in order, every text with a source, no promise; and cheap to read without a plan."""

from __future__ import annotations

import subprocess
import sys

from scarplan.aftercare import explain_aftercare, list_reasons_to_call, plan_aftercare
from scarplan.evidence.library import recording


def test_the_days_come_in_order_and_each_has_its_source() -> None:
    with recording() as used:
        days = plan_aftercare()
    starts = [int(row.day.split("-")[0]) for row in days]
    assert starts == sorted(set(starts))
    assert starts[0] == 0
    assert set(used.sources) == {name for row in days for name in row.sources} != set()
    assert all(row.expect and row.do for row in days)


def test_no_text_promises_or_speaks_of_doses() -> None:
    said = [text for row in plan_aftercare() for text in (row.expect or "", *row.do, *row.avoid, *row.watch)]
    for words in (*said, *list_reasons_to_call(), explain_aftercare().text):
        for forbidden in ("remove scars", "erase", "permanent", "guarantee", "dose", "target", "{"):
            assert forbidden not in words.lower()


def test_the_pages_load_without_the_model() -> None:
    code = "import sys, scarplan.report; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
