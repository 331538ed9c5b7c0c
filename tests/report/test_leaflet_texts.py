"""The texts of the leaflet as data: the same in both languages, complete for all rules, without jargon or promises."""

import re
import string
from importlib.resources import files

import leaflet_cases
import pytest
from reading import read_blocks, read_text, split_sentences

from scarplan.aftercare import list_reasons_to_call, plan_aftercare
from scarplan.anatomy import all_zones
from scarplan.candidacy.rule import all_rules
from scarplan.evidence.library import value_of
from scarplan.report import CaseResults
from scarplan.report.leaflet import LANGUAGES, render_leaflet
from scarplan.report.leaflet.wording import read_wording

#: Words of the trade, by language; a reader of the leaflet meets none of them.
JARGON = {
    "en": r"""
        atroph\w* erythem\w* o?edema\w* fibroblast\w* collagen\w* (epi)?derm(is|al) hyperpigment\w* hypopigment\w* PIH
        granulom\w* tram.?track\w* contraindicat\w* prophyla\w* antiviral\w* topical\w* retinoid\w* saline lesion\w*
        moisturi[sz]er\w* occlu\w* subcutan\w* papul\w* tether\w* indurat\w* adjunct\w* comorbid\w* meta-analys\w*
        split-face placebo cohort median interval baseline modality fractional ablative aetiolog\w* lidocaine prilocaine
        anaesthe\w* cannula matrix FDA CE session\w* adverse efficacy protocol
    """,
    "nl": r"""
        atrof\w* erytheem oedeem fibroblast\w* collageen\w* (epi)?dermis hyperpigment\w* hypopigment\w* PIH granulo\w*
        contra-?indicat\w* profylax\w* antivira\w* topicaal retino[iï]d\w* laesie\w* papel\w* adjuvan\w* meta-analyse
        placebo cohort mediaan interval baseline fractioneel ablatie\w* lidoca[iï]ne prilocaine anesthe\w* matrix FDA CE
        sessie\w* effectiviteit protocol geïndiceerd
    """,
}
#: Words that may only stand in a denial.
PROMISES = {
    "en": r"remov\w* eras\w* permanent\w* for.good cure[sd]? flawless guarantee\w* scar-free vanish\w* disappear\w*",
    "nl": r"""
        verwijder\w* wis(sen|t) permanent\w* blijvend\w* voorgoed definitief verdwijn\w* garan\w* littekenvrij\w* gaaf
        perfect\w*
    """,
}
DENIALS = {"en": "not? never nobody cannot", "nl": "niet geen nooit niemand nee"}


def find_words(words, text):
    """Return where one of `words` (patterns with spaces between them) stands in `text`."""
    return re.findall(rf"\b(?:{'|'.join(words.split())})\b", text, re.IGNORECASE)


def test_both_languages_have_the_same_keys_and_placeholders():
    english, dutch = (read_wording(language).texts for language in LANGUAGES)
    # `stop`, `wait` and `care` of a rule, too, are there in both or in neither.
    assert english.keys() == dutch.keys()
    for key, text in english.items():
        assert type(dutch[key]) is type(text), key
        if isinstance(text, str):
            assert placeholders(text) == placeholders(dutch[key]), key


def placeholders(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_every_text_is_used():
    package = files("scarplan.report")
    code = "".join(
        path.read_text("utf-8") for path in package.joinpath("leaflet").iterdir() if path.name.endswith(".py")
    )
    code += package.joinpath("templates", "leaflet.html").read_text("utf-8")
    from_data = ("kind.", "zone.", "device.", "aftercare.", "red_flag.", "rule.", "unit.", "number.")
    for key in read_wording("en").texts:
        room, _, last = key.partition(".")
        stem = re.sub(r"_(answer|more)$|(?<=means_|first_).*", "", last)
        is_named = any(re.search(rf"(?<![a-z]){word}(?![a-z])", code) for word in (last, stem))
        assert key.startswith(from_data) or is_named, f"{room}.{last} is used nowhere"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_in_the_other_language(language):
    english, dutch = (read_wording(name).texts for name in LANGUAGES)
    same = {key for key, text in english.items() if text == dutch[key]}
    assert same <= {
        "count.exact", "count.line", "count.line_general", "number.date", "rule.koebner_psoriasis.label",
        "rule.koebner_vitiligo.label", "rule.koebner_lichen_planus.label", "rule.rosacea.label", "rule.diabetes.label",
        "aftercare.make-up", "aftercare.alcohol", "aftercare.exercise", "aftercare.exercise and sweat",
        "unit.millimetre", "unit.week",
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_rule_that_can_be_a_finding_has_words(language):
    wording = read_wording(language)
    for rule in all_rules().values():
        if rule.answered_by != "technique":
            assert wording.has(f"rule.{rule.id}.label"), rule.id
            assert wording.has(f"rule.{rule.id}.do"), rule.id
    known = {key.split(".")[1] for key in wording.texts if key.startswith("rule.")}
    assert known <= set(all_rules())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_of_the_aftercare_has_words(language):
    wording = read_wording(language)
    phrases = {p for day in plan_aftercare() for p in (day.expect, *day.do, *day.avoid, *getattr(day, "watch", ()))}
    assert {p for p in phrases if not wording.has(f"aftercare.{p}")} == set()
    assert {p for p in list_reasons_to_call() if not wording.has(f"red_flag.{p}")} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_zone_has_words_on_both_sides(language):
    wording = read_wording(language)
    for zone in all_zones():
        for key in (f"zone.{zone.id}", f"zone.{zone.id}_left", f"zone.{zone.id}_right"):
            assert wording.has(key), key


def test_the_days_of_the_week_agree_with_the_aftercare():
    said = {day.day: " ".join((*day.do, *day.avoid)) for day in plan_aftercare()}
    assert f"exercise until day {value_of('leaflet.exercise_days')}" in said["2-4"]
    assert f"sauna until day {value_of('leaflet.swimming_days')}" in said["2-4"]
    assert f"from day {value_of('leaflet.active_creams_days')}, active creams" in said["5-7"]
    without_make_up = [day for day, words in said.items() if "make-up" in words]
    assert len(without_make_up) == value_of("leaflet.make_up_days")


def test_an_unknown_phrase_of_a_plan_is_printed_as_it_is():
    results = leaflet_cases.make_scanned()
    results["plan"]["aftercare"] = [{"day": "3", "expect": "a new thing", "do": ["rest"], "avoid": []}]
    words = read_text(render_leaflet(CaseResults(**results)))
    assert "Day 3 A new thing. Rest. Nothing special." in words


def every_page():
    for name in leaflet_cases.CASES:
        for language in LANGUAGES:
            yield pytest.param(leaflet_cases.render(name, language), language, id=f"{name} {language}")
    results = leaflet_cases.make_scanned()
    findings = leaflet_cases.every_finding()
    for start in range(0, len(findings), 6):
        results["screen"]["findings"] = findings[start : start + 6]
        for language in LANGUAGES:
            page = render_leaflet(CaseResults(**results), language=language)
            yield pytest.param(page, language, id=f"findings {start} {language}")


PAGES = list(every_page())


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_promises_stand_in_denials_only(page, language):
    sentences = split_sentences([text for _, text in read_blocks(page)])
    check_promises(sentences, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_promises_of_the_texts_stand_in_denials_only(language):
    # The question itself is answered with no, which the rendered pages show.
    texts = [t for k, t in read_wording(language).texts.items() if isinstance(t, str) and k != "remove.question"]
    check_promises(split_sentences(texts), language)


def check_promises(sentences, language):
    for sentence, following in zip(sentences, [*sentences[1:], ""], strict=True):
        is_question_denied = sentence.endswith("?") and following in ("No.", "Nee.")
        if find_words(PROMISES[language], sentence):
            assert is_question_denied or find_words(DENIALS[language], sentence), sentence


def test_the_check_of_promises_finds_one():
    with pytest.raises(AssertionError, match="removes scars"):
        check_promises(["It removes scars."], "en")
    with pytest.raises(AssertionError, match="blijvend"):
        check_promises(["Het resultaat is blijvend."], "nl")
    with pytest.raises(AssertionError, match="for good"):
        check_promises(["Does it go for good?", "Yes."], "en")


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_no_words_of_the_trade(page, language):
    assert find_words(JARGON[language], read_text(page)) == []


@pytest.mark.parametrize(("page", "language"), PAGES)
def test_it_can_be_read_aloud(page, language):
    words = read_text(page)
    assert not re.search(r"[±<>→≥≤%=~/&×]", words)
    assert not re.search(r"\([^)]*\d[^)]*\)", words), "a number in brackets"
    assert not re.search(r"\b(e\.g|i\.e|approx|ca|bijv|evt|mm|cm|min)\b\.?", words)
    unexplained = set(re.findall(r"\b[A-Z]{2,}\b", words)) - {"PRP", "TCA", "CROSS", "EX"}
    assert not unexplained


def test_the_abbreviations_that_people_have_heard_are_explained():
    words = read_text(leaflet_cases.render("blank", "en"))
    assert "plasma from my own blood" in words
    assert "acid in each one, called TCA CROSS" in words
