"""The page as a file: structure, nothing from outside, escaped, small, the same bytes, honest about what is missing."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from scarplan.workflow.report import write_report

_PROMISES = re.compile(r"\b(remov\w*|eras\w*|permanent\w*|cure[sd]?|flawless|guarantee\w*|scar-free)\b", re.IGNORECASE)
_INSIDE = ("#", "data:image/png;base64,", "data:image/jpeg;base64,")
_DENIALS = re.compile(r"\b(not?|never|nobody|cannot|without)\b", re.IGNORECASE)


class Reader(HTMLParser):
    """Collects what the tests ask about: tags with attributes, text, headings."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.texts, self.headings, self.open = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append([int(tag[1]), ""])

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        if self.open and self.open[-1] in ("style", "script"):
            return
        self.texts.append(data)
        if self.open and any(re.fullmatch(r"h[1-6]", tag) for tag in self.open):
            self.headings[-1][1] += data


def read(case, name="report.html"):
    reader = Reader()
    reader.feed(case.path(name).read_text("utf-8"))
    return reader


def test_six_boxes_in_their_order(finished):
    titles = [" ".join(text.split()) for level, text in read(finished).headings if level == 2][:6]
    assert titles == [
        "1 Suitable?", "2 What was seen", "3 Do", "4 Expect", "5 Risks and when to stop", "6 How sure we are, and why",
    ]  # fmt: skip


def test_the_appendix_has_every_part(finished):
    titles = [text for level, text in read(finished).headings if level == 2][6:]
    assert titles == [
        "Screening", "Pictures", "Plan", "Harms and downtime", "Aftercare by day", "Alternatives", "Forecast", "Scars",
        "Grades, as suggestions from relief", "Sources used", "Manifest",
    ]  # fmt: skip


def test_headings_never_skip_a_level_and_there_is_one_first(finished):
    levels = [level for level, _ in read(finished).headings]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("name", ["report.html", "leaflet.html"])
def test_nothing_is_loaded_from_outside(finished, name):
    for tag, attributes in read(finished, name).tags:
        for key in ("src", "href", "xlink:href", "poster", "data", "action", "srcset"):
            value = attributes.get(key) or ""
            assert value.startswith(_INSIDE) or not value, (tag, key, value[:60])
    text = finished.path(name).read_text("utf-8")
    assert not re.search(r"@import|url\((?!#)", text)
    assert "default-src 'none'" in text


@pytest.mark.parametrize("name", ["report.html", "leaflet.html"])
def test_the_page_names_its_language_and_every_picture_has_words(finished, name):
    tags = read(finished, name).tags
    assert dict(tags)["html"]["lang"] == "en"
    for tag, attributes in tags:
        if tag == "img":
            assert "alt" in attributes
        if tag == "svg" and attributes.get("role") == "img":
            assert attributes["aria-label"]


def test_every_column_and_row_of_a_table_has_a_head(finished):
    heads = [attributes for tag, attributes in read(finished).tags if tag == "th"]
    assert heads
    assert all(attributes.get("scope") in ("col", "row") for attributes in heads)


def test_no_id_stands_twice(finished):
    ids = [attributes["id"] for _, attributes in read(finished).tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_links_inside_the_page_lead_somewhere(finished):
    reader = read(finished)
    ids = {attributes.get("id") for _, attributes in reader.tags}
    targets = [a["href"][1:] for tag, a in reader.tags if tag == "a" and a["href"].startswith("#")]
    assert targets
    assert set(targets) <= ids


def test_an_absent_value_never_ends_up_in_the_markup(finished):
    text = finished.path("report.html").read_text("utf-8")
    assert not re.search(r'(class|id|href|style)="[^"]*–', text)
    assert "Undefined" not in text
    assert not re.search(r">\s*None\s*<", text)


def test_every_text_is_escaped(results, write_case):
    nasty = "<script>alert(1)</script>\"'&"
    results["screen"]["patient_id"] = nasty
    results["screen"]["findings"][2]["override"]["reason"] = nasty
    results["scars"]["review"] = {"reviewer": nasty, "date": nasty}
    results["plan"]["zones"][0]["end_point"] = nasty
    results["plan"]["reasons"][0]["text"] = nasty
    results["plan"]["phone"] = nasty
    results["scan"]["charts"][0]["name"] = results["scars"]["charts"][0]["name"] = "map"
    case = write_case(results, arrays=False)
    write_report(case.root)
    for name in ("report.html", "leaflet.html"):
        text = case.path(name).read_text("utf-8")
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


@pytest.mark.parametrize("name", ["report.html", "leaflet.html"])
def test_no_word_promises_what_needling_cannot_do(finished, name):
    words = " ".join(" ".join(read(finished, name).texts).split())
    sentences = re.split(r"(?<=[.!?])\s", words)
    for sentence, following in zip(sentences, [*sentences[1:], ""], strict=True):
        is_denied_question = sentence.endswith("?") and following == "No."
        if _PROMISES.search(sentence) and not is_denied_question:
            assert _DENIALS.search(sentence) or "remove it completely" in sentence.lower(), sentence


@pytest.mark.parametrize("name", ["report.html", "leaflet.html"])
def test_neither_dose_nor_target_is_said(finished, name):
    assert not re.search(r"\b(doses?|targets?)\b", " ".join(read(finished, name).texts), re.IGNORECASE)


def test_the_words_of_the_trade_stand_on_the_page(finished):
    words = " ".join(read(finished).texts)
    for term in ("Needle length setting", "Passes", "isible depth below the surrounding skin", "set by the clinic"):
        assert term in words
    assert "Research and education; not a cleared medical device" in words
    assert "ot yet validated, not for deciding treatment" in words


def test_the_page_is_small(finished):
    assert finished.path("report.html").stat().st_size < 6_000_000


def test_the_same_results_give_the_same_bytes(results, write_case):
    one, two = write_case(results, folder="one"), write_case(results, folder="two")
    first, second = write_report(one.root), write_report(two.root)
    assert first == second
    assert one.path("report.html").read_bytes() == two.path("report.html").read_bytes()
    assert one.path("leaflet.html").read_bytes() == two.path("leaflet.html").read_bytes()


def test_another_case_changes_the_page(results, write_case):
    first = write_report(write_case(results, folder="one", arrays=False).root)
    results["scars"]["scars"][0]["depth_mm"] = 0.71
    second = write_report(write_case(results, folder="two", arrays=False).root)
    assert first["pages"] != second["pages"]


@pytest.mark.parametrize(
    ("present", "said"),
    [
        (("screen",), ("No scan and no examination yet", "No plan yet", "No picture: there is no scan.")),
        (("screen", "scan"), ("No scars measured yet", "No plan yet")),
        (("screen", "scan", "scars"), ("No plan yet", "Run `scarplan plan`", "Nothing can be expected yet")),
        (("scan", "scars"), ("Not screened", "No plan yet")),
        (("screen", "scan", "scars", "plan"), ("No forecast yet", "Not forecast yet")),
    ],
)
def test_what_is_missing_is_said_and_the_rest_is_shown(results, write_case, present, said):
    case = write_case({verb: results[verb] for verb in present}, arrays=False)
    written = write_report(case.root)
    words = " ".join(" ".join(read(case).texts).split())
    for part in said:
        assert part in words
    assert written["missing"] == [v for v in ("screen", "scan", "scars", "plan", "forecast") if v not in present]
    assert len([1 for level, _ in read(case).headings if level == 2]) == 17


def test_faint_finds_are_drawn_dashed_and_marked_in_the_table(finished):
    text = finished.path("report.html").read_text("utf-8")
    assert text.count('stroke-dasharray="8 7"') == 3  # page 1, relief, depth map
    assert "low: not counted" in text


def test_the_credit_of_a_scan_is_printed(results, write_case):
    case = write_case(results, arrays=False)
    case.write_files({"scan.toml": b'attribution = "Head by <L.> Example, CC BY 3.0"\n'})
    write_report(case.root)
    assert "Scan: Head by &lt;L.&gt; Example, CC BY 3.0" in case.path("report.html").read_text("utf-8")


def test_unverified_totals_and_rows_not_assessed_are_marked(finished):
    words = " ".join(" ".join(read(finished).texts).split())
    assert "9 to 27 (the table of points is unverified)" in words
    assert "not assessed" in words


def test_a_source_that_the_library_lacks_is_named_as_such(results, write_case):
    results["plan"]["reasons"][0]["sources"] = ["nobody1900"]
    case = write_case(results, arrays=False)
    write_report(case.root)
    assert "Named but not in the library: nobody1900." in " ".join(" ".join(read(case).texts).split())
