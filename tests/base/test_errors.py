"""The exception tree: exit codes, and the four parts of a message."""

from __future__ import annotations

import pytest

from scarplan.errors import BadInput, MissingStep, Refused, ScarplanError, StaleResult


@pytest.mark.parametrize(
    ("error", "code"), [(ScarplanError, 1), (BadInput, 2), (MissingStep, 2), (StaleResult, 2), (Refused, 3)]
)
def test_every_branch_of_the_tree_has_its_exit_code(error: type[ScarplanError], code: int) -> None:
    assert error.exit_code == code
    assert issubclass(error, ScarplanError)


def test_a_message_says_what_got_allowed_and_do_in_this_order() -> None:
    error = BadInput("the unit is wrong", code="E-UNIT-002", got="furlong", allowed="mm, cm", do="add --unit mm")
    assert str(error) == "E-UNIT-002: the unit is wrong. Got: furlong. Allowed: mm, cm. Do: add --unit mm."
    assert (error.what, error.code, error.got) == ("the unit is wrong", "E-UNIT-002", "furlong")


def test_parts_that_are_not_known_are_left_out_and_no_stop_is_doubled() -> None:
    assert str(BadInput("it is empty.", code="E-X-001")) == "E-X-001: it is empty."
    assert (
        str(BadInput("it is empty", code="E-X-001", do="copy it again.")) == "E-X-001: it is empty. Do: copy it again."
    )


@pytest.mark.parametrize("got", [0, False, "", [], 0.0])
def test_a_value_that_counts_as_false_is_still_shown(got: object) -> None:
    assert "Got: " in str(BadInput("no", code="E-X-001", got=got))


def test_a_long_or_many_lined_value_is_shortened_to_one_line() -> None:
    message = str(BadInput("no", code="E-X-001", got="a\nb" * 400))
    assert "\n" not in message
    assert "..." in message
    assert len(message) < 220


def test_a_refusal_carries_its_way_out_and_what_can_still_be_told() -> None:
    refusal = Refused("do not needle", do="treat the infection", code="E-PLAN-001", result={"plan": None})
    assert str(refusal) == "E-PLAN-001: do not needle. Do: treat the infection."
    assert refusal.result == {"plan": None}
    assert Refused("no", do="go", code="E-X-001").result == {}
