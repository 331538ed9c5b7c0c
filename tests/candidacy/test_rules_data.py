"""The rules as data: complete, in the vocabulary, and every source and number known to the evidence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scarplan.candidacy import Rule, all_rules
from scarplan.candidacy.rule import ANSWERED_BY, BASES, GROUPS, LEVELS, SCOPES
from scarplan.evidence.library import all_quantities, all_sources

RULES = list(all_rules().values())
VERIFICATIONS = ("abstract", "excerpt", "secondary", "memory")
#: The questions of the practice notes that this list must hold, apart from their number.
NEVER_OVERRIDABLE = {
    "infection_bacterial_active",
    "infection_herpes_active",
    "infection_viral_warts_molluscum",
    "infection_fungal_active",
    "skin_cancer",
    "guard_orbital_rim",
    "guard_single_use",
}


def by_id(rule: Rule) -> str:
    return rule.id


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_a_rule_speaks_the_vocabulary(rule: Rule) -> None:
    assert rule.level in LEVELS
    assert rule.scope in SCOPES
    assert rule.answered_by in ANSWERED_BY
    assert rule.basis in BASES
    assert rule.verification in VERIFICATIONS
    assert rule.group in GROUPS
    for part in (*rule.grades, *(rule.policies or {}).values()):
        assert part.level in LEVELS
        assert part.words


@pytest.mark.parametrize("rule", RULES, ids=by_id)
def test_a_rule_has_known_sources_and_numbers(rule: Rule) -> None:
    assert rule.sources
    assert set(rule.sources) <= set(all_sources())
    waits = [part.wait for part in (rule, *rule.grades, *(rule.policies or {}).values()) if part.wait]
    for wait in waits:
        assert wait.days > 0
        assert wait.after
        assert wait.basis in BASES
        low, high = wait.range_days
        assert (low or 0) <= wait.days <= (high or 10_000)
    for protection in [part.protects for part in (rule, *rule.grades) if part.protects]:
        assert protection.margin_mm > 0
    if rule.holds:
        assert all_quantities()[f"candidacy.{rule.holds}"].value > 0


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.is_asked], ids=by_id)
def test_an_asked_rule_has_a_question_and_a_reason_for_it(rule: Rule) -> None:
    assert rule.question.endswith("?")
    assert len(rule.why.split()) >= 4


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.policies], ids=by_id)
def test_a_default_policy_is_one_of_the_policies_and_has_the_level_of_the_rule(rule: Rule) -> None:
    assert rule.policies
    assert rule.policies[rule.default_policy].level == rule.level
    assert rule.disagreement


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.threshold], ids=by_id)
def test_a_threshold_leads_to_grades_of_its_rule(rule: Rule) -> None:
    assert rule.threshold
    limit = all_quantities()[f"candidacy.{rule.threshold.limit}"].value
    assert rule.threshold.grade_of(limit) == rule.threshold.at_most
    assert rule.threshold.grade_of(limit + 0.1) == rule.threshold.above
    assert rule.grade(rule.threshold.at_most)
    assert rule.grade(rule.threshold.above)


def test_exactly_infection_cancer_orbit_and_reuse_are_never_overridable() -> None:
    assert {rule.id for rule in RULES if rule.never_overridable} == NEVER_OVERRIDABLE


def test_every_quantity_of_the_room_is_used_by_a_rule_or_its_engine() -> None:
    text = "".join(
        path.read_text("utf-8")
        for path in sorted((Path(__file__).parents[2] / "src/scarplan/candidacy").rglob("*"))
        if path.suffix in (".toml", ".py")
    )
    names = [name.removeprefix("candidacy.") for name in all_quantities() if name.startswith("candidacy.")]
    assert len(names) > 40
    assert not [name for name in names if name not in text]


def test_no_rule_promises_or_prints_a_drug_strength() -> None:
    for rule in RULES:
        texts = [rule.action, *(part.action for part in (*rule.grades, *(rule.policies or {}).values()))]
        for text in texts:
            assert not re.search(r"\b(remove scars|erase|permanent result|cure scars)\b", text)
            assert not re.search(r"\d+ ?(mg|g|ml)\b", text), f"{rule.id} prints a dose"


@pytest.mark.shared
def test_every_rule_of_the_practice_notes_is_here_with_its_level_and_sources(shared_folder: Path) -> None:
    text = (shared_folder / "practice" / "rules.yaml").read_text("utf-8").split("\nrules:\n")[1]
    noted = {}
    for block in re.split(r"^- id: ", text, flags=re.MULTILINE)[1:]:
        level = re.search(r"^  level: (\w+)", block, flags=re.MULTILINE)
        sources = re.search(r"^  sources: \[(.*?)\]", block, flags=re.MULTILINE)
        assert level
        assert sources
        noted[block.split()[0]] = (level[1], {s.strip() for s in sources[1].split(",") if s.strip()})
    assert set(noted) == set(all_rules())
    for rule_id, (level, sources) in noted.items():
        assert all_rules()[rule_id].level == level, rule_id
        assert sources <= set(all_rules()[rule_id].sources), rule_id
