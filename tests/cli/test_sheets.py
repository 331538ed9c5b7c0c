"""`scarplan sheets`: a folder of forms, written all or nothing, the same bytes each time."""

import builtins
import json

import pytest
from click.testing import CliRunner

import scarplan
from scarplan.cli.group import main
from scarplan.errors import BadInput
from scarplan.evidence.lineage import list_unexplained
from scarplan.report.sheets.blank import BLANK_SHEETS


def run(*arguments):
    return CliRunner().invoke(main, ["sheets", *map(str, arguments)])


def test_it_writes_every_sheet_and_a_list_of_them(tmp_path):
    done = run(tmp_path / "paper")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "paper").iterdir()) == sorted(
        ["index.html", *(f"{sheet.name}.html" for sheet in BLANK_SHEETS)]
    )
    assert "examination_sheet.html" in done.stdout
    assert f"Open {tmp_path / 'paper' / 'index.html'}" in done.stdout


def test_json_names_every_file_and_every_leaf_has_its_lineage(tmp_path):
    done = run(tmp_path / "paper", "--json")
    result = json.loads(done.stdout)
    assert result["manifest"]["verb"] == "sheets"
    assert set(result["files"]) == {path.name for path in (tmp_path / "paper").iterdir()}
    assert {"visit.minutes_least", "visit.photo_months_after"} <= set(result["manifest"]["quantities"])
    assert list_unexplained("sheets", result) == []
    again = scarplan.write_sheets(tmp_path / "other")
    assert again["pages"] == result["pages"]


def test_sheets_of_an_earlier_run_are_written_anew_and_the_rest_is_left_alone(tmp_path):
    folder = tmp_path / "paper"
    scarplan.write_sheets(folder)
    (folder / "visit_sheet_blank.html").write_text("old", "utf-8")
    (folder / "visit_sheet_blank.pdf").write_bytes(b"old")
    (folder / "notes.txt").write_text("mine", "utf-8")
    assert run(folder).exit_code == 0
    assert "Visit sheet" in (folder / "visit_sheet_blank.html").read_text("utf-8")
    assert not (folder / "visit_sheet_blank.pdf").exists()
    assert (folder / "notes.txt").read_text("utf-8") == "mine"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "paper").write_text("x", "utf-8")
    done = run(tmp_path / "paper", "--json")
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "this is a file" in done.stderr
    assert "E-SHEETS-001" in done.stderr


def test_an_index_of_something_else_is_not_overwritten(tmp_path):
    (tmp_path / "index.html").write_text("<title>My clinic</title>", "utf-8")
    with pytest.raises(BadInput, match=r"index\.html that is no list of blank sheets"):
        scarplan.write_sheets(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_a_case_keeps_its_own_leaflet_and_visit_sheet(tmp_path):
    for name in ("leaflet.html", "leaflet_nl.html", "visit_sheet.html", "report.html"):
        (tmp_path / name).write_text("of a patient", "utf-8")
    scarplan.write_sheets(tmp_path)
    for name in ("leaflet.html", "leaflet_nl.html", "visit_sheet.html", "report.html"):
        assert (tmp_path / name).read_text("utf-8") == "of a patient"


def test_without_pango_the_pages_are_written_and_the_package_named(tmp_path, monkeypatch):
    real = builtins.__import__

    def hide(name, *arguments, **named):
        if name.split(".")[0] == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", hide)
    done = run(tmp_path / "paper", "--pdf")
    assert done.exit_code == 2
    assert "the HTML pages have been written" in done.stderr
    assert "libpango-1.0-0" in done.stderr
    assert (tmp_path / "paper" / "index.html").is_file()
    assert not list((tmp_path / "paper").glob("*.pdf"))
    assert ".pdf" not in (tmp_path / "paper" / "index.html").read_text("utf-8")


@pytest.mark.pango
def test_pdf_prints_every_sheet_and_the_list_links_them(tmp_path, monkeypatch):
    import scarplan.workflow.sheets as verb

    short = [sheet for sheet in BLANK_SHEETS if sheet.name in ("outcomes_sheet", "photo_sheet")]
    monkeypatch.setattr(verb, "BLANK_SHEETS", short)
    result = verb.write_sheets(tmp_path / "paper", pdf=True)
    for sheet in short:
        assert (tmp_path / "paper" / f"{sheet.name}.pdf").read_bytes().startswith(b"%PDF")
        assert f"{sheet.name}.pdf" in result["files"]
    assert "outcomes_sheet.pdf" in (tmp_path / "paper" / "index.html").read_text("utf-8")
