"""The PDF: with Pango page 1 is one A4; without it the report is written all the same and the package is named."""

import builtins

import pytest

from scarplan.errors import BadInput
from scarplan.workflow.report import PAGES, PRINTED, write_report


@pytest.fixture
def _without_pango(monkeypatch):
    real = builtins.__import__

    def hide(name, *arguments, **named):
        if name.split(".")[0] == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", hide)


@pytest.mark.usefixtures("_without_pango")
def test_without_pango_the_report_is_written_and_the_package_named(results, write_case):
    case = write_case(results)
    with pytest.raises(BadInput, match=r"libpango-1\.0-0 libpangoft2-1\.0-0.*brew install pango") as told:
        write_report(case.root, pdf=True)
    assert told.value.exit_code == 2
    assert all(case.has(name) for name in PAGES)
    assert not any(case.has(name) for name in PRINTED.values())
    assert case.read_result("report")["files"] == list(PAGES)


@pytest.mark.usefixtures("_without_pango")
def test_without_pango_the_html_alone_needs_nothing(results, write_case):
    assert write_report(write_case(results, arrays=False).root)["files"] == list(PAGES)


@pytest.mark.pango
def test_page_one_is_one_page(finished):
    from weasyprint import HTML

    assert pages_of_page_one(HTML, finished) == 1


@pytest.mark.pango
def test_page_one_is_one_page_even_when_everything_is_long(results, write_case):
    from weasyprint import HTML

    zone = results["plan"]["zones"][0] | {"needle_length_mm": None, "passes": None}
    names = ("cheek", "malar", "forehead", "temple", "periorbital", "upper_lip", "chin")
    results["plan"]["zones"] = [
        zone
        | {
            "zone": name,
            "ceiling": f"{i} mm, set by the clinic; stop before oozing",
            "end_point": "redness, then " + zone["end_point"],
        }
        for i, name in enumerate(names)
    ]
    results["plan"] |= {
        "not_cleared_because": ["the question `pregnancy` is open"] * 9,
        "unlikely": "needling alone is unlikely to reach this: all depressed scars on average 20 % shallower by 180 d",
        "first": [row | {"do": row["do"] + " and then a good deal more " * 4} for row in results["plan"]["first"] * 2],
    }
    finding = results["screen"]["findings"][0] | {
        "condition": "A long condition of the skin that takes many words to say"
    }
    results["screen"]["findings"] += [finding] * 4 + [results["screen"]["findings"][2]]
    results["screen"] |= {"questions_open": 23, "unanswered_blocking": ["a"] * 9, "skin_type": None}
    results["scars"]["warnings"] = ["the scan was made 6 days after a session: swelling hides depth"]
    case = write_case(results, arrays=False)
    write_report(case.root)
    assert pages_of_page_one(HTML, case) == 1


def pages_of_page_one(html, case):
    """Return on how many A4 pages the part before the appendix stands."""
    text = case.path("report.html").read_text("utf-8")
    return len(html(string=text[: text.index('<div class="appendix"')] + "</body></html>").render().pages)


@pytest.mark.pango
def test_the_same_report_prints_the_same_pdf_and_a_newer_report_takes_it_away(results, write_case):
    screened = {"screen": results["screen"]}  # a short report: printing takes seconds
    case = write_case(screened, folder="one", arrays=False)
    one = write_report(case.root, pdf=True)
    two = write_report(write_case(screened, folder="two", arrays=False).root, pdf=True)
    assert one["pages"] == two["pages"]
    assert one["files"] == [*PAGES, *PRINTED.values()]
    assert all(case.path(name).read_bytes().startswith(b"%PDF") for name in PRINTED.values())
    write_report(case.root)
    assert not any(case.has(name) for name in PRINTED.values())
