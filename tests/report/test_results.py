import pytest

from scarplan.errors import BadInput, MissingStep, StaleResult
from scarplan.records import Case
from scarplan.report import read_case_results
from scarplan.workflow.report import PAGES, write_report


def test_a_folder_that_does_not_exist_is_told(tmp_path):
    with pytest.raises(MissingStep, match="does not exist"):
        write_report(tmp_path / "nowhere")


def test_an_empty_case_names_the_command_to_run(tmp_path):
    with pytest.raises(MissingStep, match=r"scarplan screen .* --patient patient\.toml") as told:
        write_report(tmp_path)
    assert told.value.code == "E-REPORT-001"


def test_a_stale_result_is_refused_and_nothing_is_written(results, write_case):
    case = write_case(results)
    case.write_files({"patient.toml": b'patient_id = "OTHER"\n'})
    with pytest.raises(StaleResult, match="scarplan screen"):
        write_report(case.root)
    assert not case.has("report.html")


def test_a_forecast_of_another_plan_is_stale(results, write_case):
    results["forecast"]["plan"] = "0000"
    case = write_case(results)
    with pytest.raises(StaleResult, match="scarplan forecast") as told:
        write_report(case.root)
    assert told.value.code == "E-REPORT-002"


def test_a_plan_for_the_rest_of_a_course_is_reported_without_the_forecast_of_the_plan_before(results, write_case):
    results["forecast"]["plan"] = "0000"
    results["plan"]["continues"] = "0000"
    case = write_case(results)
    found = read_case_results(case)
    assert found.forecast is None
    assert "forecast" not in found.missing
    sentence = write_report(case.root)["page_one"]["expect"]["sentence"]
    assert "scarplan update" in sentence


@pytest.mark.parametrize("decision", ["stop", "wait"])
def test_an_older_plan_is_not_shown_when_the_screening_now_says_no(results, write_case, decision):
    results["screen"]["decision"] = decision
    results["plan"]["manifest"]["inputs"] = {"patient.toml": "0" * 64}  # stale, and of no interest any more
    found = read_case_results(write_case(results, arrays=False))
    assert found.plan is None
    assert found.forecast is None


def test_older_scars_are_not_shown_when_the_scan_cannot_show_scars(results, write_case):
    results["scan"]["resolves"]["shows_scars"] = False
    case = write_case(results, arrays=False)
    assert read_case_results(case).scars is None
    written = write_report(case.root)
    assert written["page_one"]["seen"]["headline"] == "This scan cannot show scars"


def test_a_damaged_result_is_told(results, write_case):
    case = write_case(results)
    case.write_files({"results/plan.json": b"{"})
    with pytest.raises(BadInput, match="damaged"):
        write_report(case.root)


@pytest.mark.parametrize("name", ["surface.npz", "scars.npz", "forecast/3f9ac01d77e2.npz"])
def test_a_damaged_array_file_is_told(results, write_case, name):
    case = write_case(results)
    case.write_files({name: b"PK not really"})
    with pytest.raises(BadInput, match="damaged"):
        write_report(case.root)
    assert not case.has("report.html")


def test_the_result_is_written_and_names_its_inputs(results, write_case):
    case = write_case(results)
    written = write_report(case.root)
    assert Case(case.root).read_result("report") == written
    assert {"results/screen.json", "results/plan.json", "surface.npz", "scars.npz"} <= set(
        written["manifest"]["inputs"]
    )
    assert written["files"] == list(PAGES)


def test_progress_ends_at_one(results, write_case):
    steps = []
    write_report(write_case(results, arrays=False).root, progress=lambda step, done: steps.append((step, done)))
    fractions = [done for _, done in steps]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
