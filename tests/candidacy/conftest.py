"""A patient who answers every question with no, and how to change one answer."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from scarplan.candidacy import Screening, all_rules, screen
from scarplan.records.patient import Patient

DAY = datetime.date(2026, 3, 2)


@pytest.fixture
def day() -> datetime.date:
    return DAY


@pytest.fixture
def screen_with() -> Callable[..., Screening]:
    """Screen a healthy adult of skin type III who answers no to everything but what is given."""

    def screen_healthy(
        history: dict[str, Any] | None = None,
        *,
        on: datetime.date = DAY,
        device_class: str = "mechanical",
        leave_out: str = "",
        **record: Any,
    ) -> Screening:
        answers = dict.fromkeys(all_rules(), "no") | (history or {})
        answers.pop(leave_out, None)
        values = {"patient_id": "p1", "birth_year": 1990, "skin_type": 3, "history": answers} | record
        return screen(Patient.model_validate(values), on=on, device_class=device_class)

    return screen_healthy
