"""Reading grade at most 8 in English, the same ease in Dutch, on every section of rendered leaflets and the whole."""

import leaflet_cases
import pytest
from reading import (
    count_words,
    dutch_ease,
    dutch_syllables,
    english_grade,
    english_syllables,
    read_blocks,
    read_sections,
    split_sentences,
)

from scarplan.report import CaseResults
from scarplan.report.leaflet.points import describe_points
from scarplan.report.leaflet.wording import read_wording

MOST_GRADE = 8.0
#: Flesch calls 60 to 70 plain, read at grade 8 to 9; the whole must reach the middle of it, each section its start.
LEAST_EASE, LEAST_EASE_OF_ALL = 60.0, 65.0

# Syllables as dictionaries give them.
ENGLISH = {
    "scar": 1, "scars": 1, "needling": 2, "people": 2, "clinic": 2, "shallower": 3, "average": 3, "examination": 5,
    "estimated": 4, "isotretinoin": 6, "helped": 1, "judged": 1, "area": 3, "medicine": 3, "million": 2, "science": 2,
    "treated": 2, "table": 2, "being": 2, "studies": 2, "visit": 2, "question": 2, "research": 2, "education": 4,
    "device": 2, "medical": 3, "cleared": 1, "sunscreen": 2, "acne": 2, "vitamin": 3, "radiation": 4, "psoriasis": 4,
    "create": 2, "idea": 3, "quiet": 2, "make": 1, "made": 1, "one": 1, "gone": 1, "ice-pick": 2, "rosacea": 4,
}  # fmt: skip
DUTCH = {
    "litteken": 3, "littekens": 3, "behandeling": 4, "huid": 1, "dieper": 2, "ondieper": 3, "geneest": 2, "roodheid": 2,
    "bloedverdunners": 4, "zonnecrème": 4, "isotretinoïne": 6, "keloïd": 3, "mensen": 2, "studie": 2, "wratten": 2,
    "schouw": 1, "nieuw": 1, "fraai": 1, "dooi": 1, "groei": 1, "poriën": 3, "vragen": 2, "kliniek": 2, "goed": 1,
    "euro": 2, "één": 1, "behandelaar": 4, "onderzoek": 3, "goedgekeurd": 3, "hulpmiddel": 3, "microneedling": 4,
}  # fmt: skip


@pytest.mark.parametrize(("known", "count"), [(ENGLISH, english_syllables), (DUTCH, dutch_syllables)])
def test_syllables_are_counted_rather_too_many_than_too_few(known, count):
    counted = {word: count(word) for word in known}
    assert {word: n for word, n in counted.items() if n < known[word]} == {}
    assert sum(counted.values()) <= 1.15 * sum(known.values()), counted


def test_the_formulas_give_their_published_values():
    text = ["The cat sat on the mat."]
    assert english_grade(text) == pytest.approx(0.39 * 6 + 11.8 - 15.59)
    assert dutch_ease(["De kat zat op de mat."]) == pytest.approx(206.84 - 77 - 0.93 * 6)


def test_hard_text_is_found_hard():
    hard = [
        "Percutaneous collagen induction therapy stimulates the physiological regeneration of extracellular matrix."
    ]
    assert english_grade(hard) > 15
    moeilijk = [
        "Percutane collageeninductietherapie stimuleert de fysiologische regeneratie van de extracellulaire matrix."
    ]
    assert dutch_ease(moeilijk) < 20


@pytest.mark.parametrize("name", leaflet_cases.CASES)
def test_english_reads_at_grade_eight_or_below(name):
    page = leaflet_cases.render(name, "en")
    sections = read_sections(page)
    grades = {heading: english_grade(blocks) for heading, blocks in sections.items() if heading}
    assert {heading: grade for heading, grade in grades.items() if grade > MOST_GRADE} == {}
    assert english_grade([text for _, text in read_blocks(page)]) <= MOST_GRADE - 2


@pytest.mark.parametrize("name", leaflet_cases.CASES)
def test_dutch_reads_as_easily(name):
    page = leaflet_cases.render(name, "nl")
    sections = read_sections(page)
    eases = {heading: dutch_ease(blocks) for heading, blocks in sections.items() if heading}
    assert {heading: ease for heading, ease in eases.items() if ease < LEAST_EASE} == {}
    assert dutch_ease([text for _, text in read_blocks(page)]) >= LEAST_EASE_OF_ALL


@pytest.mark.parametrize("language", ["en", "nl"])
def test_the_points_of_all_rules_read_as_easily(language):
    wording, results = read_wording(language), leaflet_cases.make_scanned()
    blocks = []
    for finding in leaflet_cases.every_finding():
        results["screen"]["findings"] = [finding]
        (point,), _ = describe_points(CaseResults(**results), wording)
        blocks.append(f"{point.label}. {' '.join(point.sentences)}")
    assert english_grade(blocks) <= MOST_GRADE if language == "en" else dutch_ease(blocks) >= LEAST_EASE


@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("name", leaflet_cases.CASES)
def test_sentences_are_short(name, language):
    sentences = split_sentences([text for _, text in read_blocks(leaflet_cases.render(name, language))])
    lengths = {sentence: count_words(sentence) for sentence in sentences}
    assert {sentence: n for sentence, n in lengths.items() if n > 25} == {}
    assert sum(lengths.values()) / len(lengths) <= 15
