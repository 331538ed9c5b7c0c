"""`scarplan uses`: all of them as a table, one with its evidence, a region, and what cannot be found."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from scarplan.cli.group import main
from scarplan.evidence import list_unexplained
from scarplan.indications import ANSWER_WORDS, REGIONS, Use, all_uses, answer_of_region, find_place


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["uses", *words])


def test_all_uses_stand_in_the_table_with_their_answer() -> None:
    result = run()
    assert result.exit_code == 0
    for use in all_uses():
        (line,) = [line for line in result.stdout.splitlines() if line.startswith(f"{use.id} ")]
        assert ANSWER_WORDS[use.answer] in line
        assert use.name in line


@pytest.mark.parametrize("use", all_uses(), ids=lambda use: use.id)
def test_asking_for_one_gets_its_answer_evidence_and_what_is_not_known(use: Use) -> None:
    result = run(use.name)
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert text.startswith(f"{use.name}: {ANSWER_WORDS[use.answer]}")
    for part in (use.why, use.what_to_do, use.unknown, *(each.text for each in use.evidence)):
        assert " ".join(part.split()) in text
    for source_id in use.sources:
        assert f"{source_id}: " in text
    assert max(len(line) for line in result.stdout.splitlines()) <= 100


def test_a_region_changes_the_answer_and_what_to_do() -> None:
    face, body = (json.loads(run("acne scars", "--region", place, "--json").stdout) for place in ("cheek", "back"))
    assert (face["region"], body["region"]) == ("face", "body")
    assert (face["uses"][0]["answer"], body["uses"][0]["answer"]) == ("forecast", "documented_only")
    assert face["uses"][0]["what_to_do"] != body["uses"][0]["what_to_do"]
    assert "(body): documented only" in run("acne scars", "--region", "back").stdout


def test_a_region_for_all_of_them_forecasts_nothing_off_the_face() -> None:
    answers = {use["id"]: use["answer"] for use in json.loads(run("--region", "hands", "--json").stdout)["uses"]}
    assert "forecast" not in answers.values()
    assert "on the hands" in run("--region", "hands").stdout


def test_every_part_of_the_result_is_explained_and_every_source_cited() -> None:
    result = json.loads(run("--region", "face", "--json").stdout)
    assert list_unexplained("uses", result) == []
    used = {each["id"] for use in result["uses"] for row in use["evidence"] for each in row["sources"]}
    used |= {each["id"] for row in result["place"]["evidence"] for each in row["sources"]}
    assert used >= {source for use in all_uses() for source in use.sources}
    assert len(result["manifest"]["sources"]) > 30


@pytest.mark.parametrize("name", REGIONS)
def test_asking_for_a_region_gets_its_answer_and_evidence(name: str) -> None:
    place = find_place(name)
    text = " ".join(run(name).stdout.split())
    assert text.startswith(f"{place.name}: {ANSWER_WORDS[answer_of_region(place.region)]}")
    for part in (place.why, place.unknown, *(each.text for each in place.evidence)):
        assert part in text
    by_option, by_name = (json.loads(run(*words, "--json").stdout) for words in (["--region", name], [name]))
    assert by_option == by_name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tattoos"], "E-USE-001: no use of needling is called so"),
        (["scars"], "uses are called so; say which"),
        (["pores", "--region", "knee"], "E-USE-002: no region is called so"),
    ],
)
def test_what_cannot_be_found_is_told(words: list[str], message: str) -> None:
    result = run(*words, "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
