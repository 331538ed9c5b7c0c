"""Outcomes: days, bands, the change since the first visit, and words that claim no more than is known."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.errors import BadInput
from scarplan.evidence import list_unexplained
from scarplan.evidence.library import quantity
from scarplan.records.outcomes import SCALES, Outcomes
from scarplan.records.record import make_record
from scarplan.workflow.outcome_changes import BAND_WORDS, describe_changes, list_bands, list_doubts, name_band
from scarplan.workflow.outcomes import keep_outcomes

SMALLEST = 4
PUBLISHED_BANDS = [(0, 1), (2, 5), (6, 10), (11, 20), (21, 30)]


def make(*visits: dict[str, Any]) -> Outcomes:
    days = [(datetime.date(2026, 1, 5) + datetime.timedelta(days=28 * n)).isoformat() for n in range(len(visits))]
    rows = [{"date": day, **visit} for day, visit in zip(days, visits, strict=True)]
    return make_record({"visit": rows}, Outcomes, what="it", template="outcomes")


def change_of(key: str, *answers: int | None) -> dict[str, Any]:
    visits = [{} if answer is None else {key: answer} for answer in answers]
    return next(row for row in describe_changes(make(*visits)) if row["what"] == key)


def keep(folder: Path, text: str, **options: Any) -> dict[str, Any]:
    path = folder / "said.toml"
    path.write_text(text, "utf-8")
    return keep_outcomes(folder / "case", path, **{"date": "2026-11-01", **options})


def test_the_bands_are_the_published_ones_without_a_gap() -> None:
    assert [(band["from"], band["to"]) for band in list_bands()] == PUBLISHED_BANDS
    assert [band["says"] for band in list_bands()] == list(BAND_WORDS)
    for low, high in PUBLISHED_BANDS:
        assert name_band(low) == name_band(high)
    assert len({name_band(total) for total in range(31)}) == len(PUBLISHED_BANDS)
    assert name_band(None) is None


def test_the_smallest_change_is_the_recommended_one_with_its_range() -> None:
    row = quantity("outcomes.dlqi_smallest_change")
    assert (row.value, row.low, row.high, row.source) == (SMALLEST, 3, 5, "basra2015")


@given(st.sampled_from(sorted(SCALES)), st.integers(0, 10), st.integers(0, 10))
def test_the_change_is_last_minus_first_and_better_has_the_right_sign(key: str, first: int, last: int) -> None:
    row = change_of(key, first, None, last)
    assert (row["first"], row["last"], row["answers"], row["change"]) == (first, last, 2, last - first)
    if first == last:
        assert row["says"] == "the same as at first"
    else:
        went_up = last > first
        assert ("better" in row["says"]) == (went_up == (key == "worth_it"))
        assert ("worse" in row["says"]) != ("better" in row["says"])


@pytest.mark.parametrize("change", range(-8, 9))
def test_the_dlqi_is_held_against_the_smallest_change_that_people_notice(change: int) -> None:
    row = change_of("dlqi", 10, 10 + change)
    assert ("at least the 4 points" in row["says"]) == (abs(change) >= SMALLEST)
    assert ("less than the 4 points" in row["says"]) == (0 < abs(change) < SMALLEST)
    assert row["sources"] == ["basra2015"]


@pytest.mark.parametrize("key", [key for key in SCALES if key != "dlqi"])
def test_where_no_figure_is_published_it_is_said(key: str) -> None:
    row = change_of(key, 8, 2)
    assert "no published figure" in row["says"]
    assert row["smallest_change"] is None
    assert row["sources"] == []


def test_one_answer_is_no_change_and_no_answer_is_none() -> None:
    once, never = change_of("bother", None, 5), change_of("bother", None, None)
    assert (once["first"], once["change"], once["says"]) == (5, None, "asked once; a change needs two visits")
    assert (never["first"], never["last"], never["change"], never["says"]) == (None, None, None, "not asked")


def test_worth_it_that_falls_asks_for_the_reason_and_gives_none() -> None:
    (doubt,) = list_doubts(make({"worth_it": 8}, {"worth_it": 6}))
    assert "fell from 8 to 6 of 10:" in doubt
    assert "does not tell the reason" in doubt
    assert list_doubts(make({"worth_it": 6}, {"worth_it": 8})) == []


def test_a_low_worth_it_is_told_also_where_the_scores_got_better() -> None:
    (doubt,) = list_doubts(make({"bother": 8, "worth_it": 3}, {"bother": 4, "worth_it": 4}))
    assert doubt.startswith("'worth it' is 4 of 10, although bother got better: talk about")
    better = {"dlqi": 9, "bother": 8, "avoidance": 4, "scars": 5}, {"dlqi": 3, "bother": 4, "avoidance": 2, "scars": 6}
    (doubt,) = list_doubts(make(better[0] | {"worth_it": 7}, better[1] | {"worth_it": 2}))
    assert doubt.startswith(
        "'worth it' fell from 7 to 2 of 10, although DLQI, bother and avoidance got better: ask why"
    )


@pytest.mark.parametrize(("total", "is_told"), [(10, False), (11, True), (30, True)])
def test_a_heavy_effect_on_life_asks_for_a_talk(total: int, is_told: bool) -> None:
    assert bool(list_doubts(make({"dlqi": 3}, {"dlqi": total}))) == is_told


def test_a_visit_without_answers_is_told() -> None:
    assert list_doubts(make({}, {"bother": 1})) == ["on 2026-01-05 nothing was answered"]


def test_days_are_counted_from_the_first_visit(tmp_path: Path) -> None:
    result = keep(tmp_path, "[[visit]]\ndate = 2026-01-31\n[[visit]]\ndate = 2026-03-01\nscars = 12\n")
    assert [visit["day"] for visit in result["visits"]] == [0, 29]
    assert result["days_followed"] == 29
    assert result["visits"][0]["scars"] is None
    assert set(result["never_answered"]) == set(SCALES) - {"scars"}


def test_a_highest_total_is_told_only_where_it_is_known(tmp_path: Path) -> None:
    text = "[maximum]\nscars = 20\n[[visit]]\ndate = 2026-01-31\nscars = {}\n"
    highest = {scale["key"]: scale["highest"] for scale in keep(tmp_path, text.format(20))["scales"]}
    assert highest == {"dlqi": 30, "scars": 20, "fasqol": None, "bother": 10, "avoidance": 10, "worth_it": 10}
    with pytest.raises(BadInput, match=r"scars of 2026-01-31 is 21 \(allowed: 0 to 20\)"):
        keep(tmp_path, text.format(21))


def test_every_part_of_the_result_is_explained_and_the_case_keeps_it(tmp_path: Path) -> None:
    result = keep(
        tmp_path,
        '[[visit]]\ndate = 2026-01-31\nasked_by = "N"\nworth_it = 8\n'
        '[[visit]]\ndate = 2026-02-28\nworth_it = 2\ndlqi = 25\nnote = "tired"\n[[visit]]\ndate = 2026-03-30\n',
    )
    assert list_unexplained("outcomes", result) == []
    assert result["manifest"]["verb"] == "outcomes"
    assert set(result["manifest"]["inputs"]) == {"outcomes.toml"}
    again = keep_outcomes(tmp_path / "case", date="2026-11-01")
    assert again == result


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[visit]]\ndate = 2026-03-01\n[[visit]]\ndate = 2026-03-01\n", "two visits on 2026-03-01"),
        ("[[visit]]\ndate = 2026-03-01\n[[visit]]\ndate = 2026-02-01\n", "2026-02-01 stands after 2026-03-01"),
        ("[[visit]]\ndate = 2026-11-02\n", "2026-11-02 lies after 2026-11-01"),
        (
            "[[visit]]\ndate = 2026-03-01\ndowntime_days = 90\n[[visit]]\ndate = 2026-03-08\ndowntime_days = 8\n",
            "cannot be: downtime_days of 2026-03-08 is 8, and the visit before it was 7 days earlier",
        ),
        ("[[visit]]\ndate = 1926-03-01\n", "1926-03-01 lies before 1980-01-01"),
        ("[[visit]]\ndate = 2026-03-01\ndlqi = 31\n", r"dlqi of 2026-03-01 is 31 \(allowed: 0 to 30\)"),
        ("[[visit]]\ndate = 2026-03-01\nworth_it = 11\n", r"worth_it of 2026-03-01 is 11 \(allowed: 0 to 10\)"),
        ("[[visit]]\ndate = 2026-03-01\nfasqol = 101\n", r"allowed: 0 to 100; .*under \[maximum\] fasqol"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message) as told:
        keep(tmp_path, text)
    assert told.value.code == "E-OUTCOMES-003"
    assert not (tmp_path / "case").exists()


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"dlqi of 2026-03-01 is 31.*bother of 2026-03-01 is 12"):
        keep(tmp_path, "[[visit]]\ndate = 2026-03-01\ndlqi = 31\nbother = 12\n")


def with_patient(folder: Path, birth_year: int) -> None:
    (folder / "case").mkdir()
    text = f'patient_id = "p-1"\nbirth_year = {birth_year}\n'
    (folder / "case" / "patient.toml").write_text(text, "utf-8")


@pytest.mark.parametrize(("birth_year", "is_refused"), [(2011, True), (2010, False), (1990, False)])
def test_the_dlqi_is_not_taken_from_a_child(tmp_path: Path, birth_year: int, is_refused: bool) -> None:
    with_patient(tmp_path, birth_year)
    text = "[[visit]]\ndate = 2026-03-01\nbother = 3\n"
    assert keep(tmp_path, text)["visits"][0]["bother"] == 3
    if is_refused:
        with pytest.raises(BadInput, match="was younger than 16"):
            keep(tmp_path, text + "dlqi = 3\n")
    else:
        assert keep(tmp_path, text + "dlqi = 3\n")["visits"][0]["dlqi"] == 3


def test_a_visit_before_birth_and_another_patient_are_told(tmp_path: Path) -> None:
    with_patient(tmp_path, 1990)
    with pytest.raises(BadInput, match="lies before the year of birth, 1990"):
        keep(tmp_path, "[[visit]]\ndate = 1989-03-01\n")
    with pytest.raises(BadInput, match="patient_id is 'p-2', and the case is that of 'p-1'"):
        keep(tmp_path, 'patient_id = "p-2"\n[[visit]]\ndate = 2026-03-01\n')


def test_a_visit_of_the_case_is_not_lost_unless_asked_for(tmp_path: Path) -> None:
    keep(tmp_path, "[[visit]]\ndate = 2026-01-01\n[[visit]]\ndate = 2026-03-01\n")
    with pytest.raises(BadInput, match=r"holds visits that .* lacks: 2026-01-01") as told:
        keep(tmp_path, "[[visit]]\ndate = 2026-03-01\n")
    assert told.value.code == "E-OUTCOMES-004"
    assert len(keep_outcomes(tmp_path / "case", date="2026-11-01")["visits"]) == 2
    assert len(keep(tmp_path, "[[visit]]\ndate = 2026-03-01\n", replace=True)["visits"]) == 1


@given(st.lists(st.dictionaries(st.sampled_from(sorted(SCALES)), st.integers(0, 10)), min_size=1, max_size=5))
def test_no_answer_is_ever_made_up(visits: list[dict[str, int]]) -> None:
    for row in describe_changes(make(*visits)):
        given_answers = [visit[row["what"]] for visit in visits if row["what"] in visit]
        assert row["answers"] == len(given_answers)
        assert row["first"] == (given_answers[0] if given_answers else None)
        assert row["last"] == (given_answers[-1] if given_answers else None)
        assert (row["change"] is None) == (len(given_answers) < 2)
