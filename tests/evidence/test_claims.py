"""Every claim has both sides, figures that stand in the evidence, and carriers that exist."""

from __future__ import annotations

import ast
import copy
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scarplan.candidacy.rule import all_rules
from scarplan.cli.group import COMMANDS
from scarplan.evidence.claim_faults import CLAIM_IDS, check_claims
from scarplan.evidence.claims import Carrier, Claim, all_claims, read_rows
from scarplan.evidence.library import all_sources, recording

PROJECT = Path(__file__).parents[2]
CLAIMS = {claim.id: claim for claim in all_claims()}
CARRIERS = [(claim.id, carrier) for claim in CLAIMS.values() for carrier in claim.carried_by]


@cache
def functions_of(path: Path) -> set[str]:
    return {node.name for node in ast.parse(path.read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


def is_there(carrier: Carrier) -> bool:
    """Whether a test, page, command or rule exists; the other kinds are checked with the evidence."""
    if carrier.kind == "law":
        path, _, function = carrier.where.partition("::")
        return (PROJECT / path).is_file() and function.startswith("test_") and function in functions_of(PROJECT / path)
    if carrier.kind == "page":
        return carrier.where.startswith("docs/") and (PROJECT / carrier.where).is_file()
    if carrier.kind == "command":
        return carrier.where in COMMANDS
    if carrier.kind == "rule":
        return carrier.where in all_rules()
    return True


def test_the_claims_are_thirty_and_whole() -> None:
    assert tuple(CLAIMS) == CLAIM_IDS
    assert len(CLAIM_IDS) == 30
    assert check_claims(read_rows()) == []


@pytest.mark.parametrize(("claim_id", "carrier"), CARRIERS, ids=[f"{c}-{one.where}" for c, one in CARRIERS])
def test_what_carries_a_claim_is_there(claim_id: str, carrier: Carrier) -> None:
    assert is_there(carrier), f"{claim_id}: {carrier.kind} {carrier.where} does not exist"


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("law", "tests/response/test_laws.py::test_law_99"),
        ("law", "tests/response/test_laws.py::assert_in_most"),
        ("law", "tests/response/test_flaws.py::test_law_1"),
        ("page", "docs/explain/nothing.md"),
        ("page", "README.md"),
        ("command", "heal"),
        ("rule", "bad_luck"),
    ],
)
def test_a_carrier_that_is_not_there_is_seen(kind: Any, where: str) -> None:
    assert not is_there(Carrier("x", kind, where))


@pytest.mark.parametrize("claim", CLAIMS.values(), ids=CLAIMS)
def test_a_claim_names_only_known_sources_and_has_no_name_left_in_braces(claim: Claim) -> None:
    assert set(claim.sources) <= set(all_sources())
    for side in (*claim.agrees, *claim.contradicts):
        assert not re.search(r"[{}]|range unknown|None", side.text)
    assert claim.agrees or claim.contradicts or claim.certainty == "very_low"


def words_of(claim: Claim, side: str) -> str:
    return " ".join(one.text for one in getattr(claim, side))


@pytest.mark.parametrize(
    ("claim_id", "agrees", "contradicts"),
    [
        ("C05", ["53.2 %", "elastin had increased"], ["total elastin fell", "did not change"]),
        ("C06", ["31 %"], ["8.6 to 68.3 %", "19.4 %", "24.3 %"]),
        ("C09", ["once or twice a year"], ["Hardly a study follows people beyond twelve months"]),
        ("C18", ["2.97 times"], ["−0.32 grades", "8.3 %"]),
        (
            "C19",
            ["32.9 %", "9.3 %", "2 of 30"],
            ["1.1 (1.01 to 1.2)", "−1.08 (−2.48 to 0.32)", "182 people", "41.2 %", "37.6 %"],
        ),
        ("C27", ["Elastin rises"], ["Elastin falls"]),
    ],
)
def test_where_the_evidence_conflicts_both_sides_are_shown(claim_id: str, agrees: list, contradicts: list) -> None:
    for side, parts in (("agrees", agrees), ("contradicts", contradicts)):
        words = words_of(CLAIMS[claim_id], side)
        assert [part for part in parts if part not in words] == []


def test_disputed_claims_have_two_sides() -> None:
    disputed = [claim for claim in CLAIMS.values() if claim.certainty == "disputed"]
    assert {claim.id for claim in disputed} >= {"C05", "C19", "C27"}
    assert all(claim.agrees and claim.contradicts for claim in disputed)


def test_practice_is_called_so_and_its_sources_are_kept() -> None:
    visit, before, _ = CLAIMS["C03"].agrees
    assert visit.is_practice
    assert visit.sources == ("skinpen_visit_page",)
    assert before.is_practice
    assert before.text.startswith("take off make-up")


def test_the_claims_note_their_evidence() -> None:
    with recording() as used:
        all_claims()
    assert {"idoj2024", "eldomyati2015", "aftercare_pages"} <= used.sources
    assert "claims.lotfi_collagen_percent" in used.quantities


def test_wounds_are_not_planned() -> None:
    claim = CLAIMS["C26"]
    assert [side.sources for side in claim.agrees] == [("morinaga2024_ulcer",)]  # mice
    assert "No trial of needling an open wound in people was found" in words_of(claim, "contradicts")
    assert "skin_open_wound_irritated" in {carrier.where for carrier in claim.carried_by}
    assert all_rules()["skin_open_wound_irritated"].level == "contraindicated"


@pytest.mark.parametrize(
    ("claim_id", "change", "fault"),
    [
        ("C02", {"id": "C31"}, "do not stand once each, in order"),
        ("C02", {"title": " "}, "has no title"),
        ("C02", {"certainty": "sure"}, "certainty 'sure' is none of"),
        ("C02", {"carried_by": []}, "nothing carries it, and it does not say why"),
        ("C02", {"agrees": [{"text": "It fell by 30 %.", "sources": ["idoj2024"]}]}, "holds a figure of its own"),
        ("C02", {"agrees": [{"text": "It fell.", "sources": ["nobody1999"]}]}, "source 'nobody1999' does not exist"),
        ("C02", {"agrees": [{"text": "It fell."}]}, "has no source"),
        ("C02", {"agrees": [{"text": "{idoj2024/mn/beauty}", "sources": ["idoj2024"]}]}, "has no figure"),
        ("C02", {"agrees": [{"practice": "technique.magic"}]}, "no statement of practice is called"),
        ("C02", {"carried_by": [{"what": "x", "kind": "hope", "where": "y"}]}, "carrier 'hope' is none of"),
        ("C02", {"carried_by": [{"what": "x", "kind": "data", "where": "response.hope"}]}, "is no quantity"),
        ("C02", {"carried_by": [{"what": "x", "kind": "data", "where": "planning/data/hope.toml"}]}, "is no quantity"),
        ("C02", {"carried_by": [{"what": "x", "kind": "report", "where": "report/hope.py"}]}, "no file of the package"),
        ("C02", {"carried_by": [{"what": "x", "kind": "result", "where": "plan hope"}]}, "has no lineage"),
        ("C02", {"carried_by": [{"what": "", "kind": "rule", "where": "x"}]}, "carries nothing in words"),
    ],
)
def test_a_fault_of_a_claim_is_found(claim_id: str, change: dict, fault: str) -> None:
    rows = copy.deepcopy(list(read_rows()))
    next(row for row in rows if row["id"] == claim_id).update(change)
    assert any(fault in each for each in check_claims(rows)), check_claims(rows)


def test_what_nobody_studied_needs_no_source() -> None:
    rows = copy.deepcopy(list(read_rows()))
    rows[0]["contradicts"] = [{"text": "No trial was read that compared it."}]
    assert check_claims(rows) == []
