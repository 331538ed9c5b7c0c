import re

import example_case
import numpy as np
import pytest

from scarplan.records import Case
from scarplan.report.pictures.chart_view import ChartView
from scarplan.report.pictures.comparison import compare_outcomes
from scarplan.report.pictures.difference import choose_listed
from scarplan.report.pictures.fan import Fan, draw_fan
from scarplan.report.pictures.histogram import draw_depth_histogram, spread_over_depth
from scarplan.report.pictures.numbered import mark_scars
from scarplan.report.pictures.raster import encode_png, fit_longest_side
from scarplan.report.pictures.relief_picture import draw_depth_map, draw_shaded_relief
from scarplan.report.pictures.shading import fit_form, shade_relief, skin_palette
from scarplan.scars import ScarMap, write_scars_npz
from scarplan.surface import Scan, Surface
from scarplan.surface.storage import save_scan
from scarplan.workflow.report import write_report


@pytest.fixture
def view() -> ChartView:
    relief, valid, labels, level = example_case.make_arrays()
    rows = tuple(example_case.make_results()["scars"]["scars"])
    return ChartView("map", relief, valid, labels, example_case.PIXEL_MM, rows, frozenset({8}), level)


def test_flat_skin_has_one_brightness_and_a_slope_to_the_light_is_brighter():
    flat = shade_relief(np.zeros((20, 20)), 0.1)
    assert np.ptp(flat) == 0
    x = np.arange(20) * 0.1
    to_the_light = shade_relief(np.tile(0.3 * x, (20, 1)), 0.1)  # rises to the right: faces left, to the light
    away = shade_relief(np.tile(-0.3 * x, (20, 1)), 0.1)
    assert to_the_light[10, 10] > flat[10, 10] > away[10, 10]


def test_the_form_of_a_cubic_surface_is_found_exactly_even_with_holes():
    y, x = np.mgrid[-1:1:150j, -1:1:120j]
    form = 2 + x - 0.5 * y + 0.3 * x * y - 0.7 * x**2 + 0.2 * y**3
    valid = np.ones(form.shape, dtype=bool)
    valid[:60, :50] = False
    found = fit_form(np.where(valid, form, np.nan), valid)
    assert np.abs(found - form)[valid].max() < 1e-9


def test_a_picture_is_shrunk_but_never_enlarged():
    assert fit_longest_side(np.zeros((400, 200)), 100).shape == (100, 50)
    assert fit_longest_side(np.zeros((40, 20)), 100).shape == (40, 20)


def test_unseen_skin_has_its_own_colour_and_bytes_repeat():
    brightness, seen = np.full((8, 8), 0.5), np.ones((8, 8), dtype=bool)
    one = encode_png(brightness, seen, skin_palette())
    seen[0, 0] = False
    assert one != encode_png(brightness, seen, skin_palette())
    seen[0, 0] = True
    assert one == encode_png(brightness, seen, skin_palette())


def test_every_scar_has_an_outline_around_its_middle_and_a_number_inside_the_picture(view):
    marks = mark_scars(view, text_size=30)
    scale = 1000 / view.width_mm
    assert [mark.id for mark in marks] == [row["id"] for row in view.scars]
    for mark, row in zip(marks, view.scars, strict=True):
        points = np.array([[float(v) for v in pair.split()] for pair in re.findall(r"[\d.]+ [\d.]+", mark.path)])
        middle = (points.max(axis=0) + points.min(axis=0)) / 2
        assert np.abs(middle - scale * np.array([row["x_mm"], row["y_mm"]])).max() < 6
        assert np.ptp(points[:, 0]) == pytest.approx(scale * row["width_mm"], abs=8)
        assert 0 <= mark.x <= 1000
        assert 0 <= mark.y <= 1000
        assert mark.faint == (mark.id == 8)


def test_numbers_of_near_scars_keep_clear_of_each_other(view):
    rows = tuple({**view.scars[0], "id": 1 + i, "x_mm": 15.0, "y_mm": 15.0} for i in range(4))
    crowded = ChartView("map", view.relief_mm, view.valid, view.labels, view.pixel_mm, rows)
    places = [(mark.x, mark.y) for mark in mark_scars(crowded, text_size=30)]
    gaps = [np.hypot(a[0] - b[0], a[1] - b[1]) for i, a in enumerate(places) for b in places[:i]]
    assert min(gaps) > 25


def test_the_scale_bar_is_as_long_as_it_says(view):
    picture = draw_shaded_relief(view)
    length_mm = float(picture.bar_words.removesuffix(" mm"))
    assert picture.bar_length / picture.width == pytest.approx(length_mm / view.width_mm, rel=1e-3)


def test_the_depth_map_ends_near_the_deepest_scar_and_needs_the_level(view):
    picture = draw_depth_map(view)
    assert picture is not None
    assert 0.45 <= picture.deepest_mm <= 0.75
    bare = ChartView("map", view.relief_mm, view.valid, view.labels, view.pixel_mm, view.scars)
    assert draw_depth_map(bare) is None


def test_outcomes_have_equal_size_and_today_is_lit_like_them(view):
    same = compare_outcomes(
        view, {"poor": view.relief_mm, "good": example_case.make_arrays(filled=0.5)[0]}, when="then"
    )
    assert [outcome.words for outcome in same.outcomes] == ["Poor", "Good"]
    assert same.outcomes[0].png == same.before
    assert same.outcomes[1].png != same.before


def test_a_fan_marks_assumption_and_sessions_and_repeats_its_bytes():
    course = example_case.make_results()["forecast"]["unmaintained"]
    fan = Fan("fan-a", "Without", course["days"], course["depth_mm"], (0, 42), 200, 365, 0.5)
    svg = draw_fan(fan)
    assert svg.startswith("<svg")
    assert "assumption" in svg
    assert "judge here" in svg
    assert svg == draw_fan(fan)
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)


def test_a_short_fan_has_no_assumption():
    fan = Fan(
        "fan-b",
        "Short",
        [0, 100, 200],
        {name: [0.4, 0.3, 0.3] for name in ("q05", "q25", "q50", "q75", "q95")},
        (),
        None,
        365,
        0.5,
    )
    assert "assumption" not in draw_fan(fan)


def test_histograms_name_their_measure():
    histogram = example_case.make_results()["scars"]["histogram"]
    assert "mm²" in draw_depth_histogram(histogram, "area_mm2")
    assert "mm³" in draw_depth_histogram(histogram, "volume_mm3")


def test_what_changed_is_listed_before_what_is_only_deep():
    pairs = [{"id_a": n, "depth_before_mm": 1 - 0.04 * n, "detectable": n in (20, 23)} for n in range(24)]
    listed = [pair["id_a"] for pair in choose_listed(pairs)]
    assert listed == [*range(14), 20, 23]  # sixteen, in the order of their depth


def test_a_wider_bin_does_not_look_like_more_skin():
    edges = np.array([0.0, 0.05, 0.1, 0.2, 0.6])
    bars = spread_over_depth(edges, 30.0 * np.diff(edges))  # as much skin at every depth
    np.testing.assert_allclose(bars, 3.0)
    np.testing.assert_allclose((bars * np.diff(edges)).sum() / 0.1, 30.0 * 0.6)  # bars hold the skin there is


def test_a_head_of_many_charts_stays_small_and_names_what_is_not_drawn(tmp_path):
    results = example_case.make_results()
    relief, valid, labels, level = example_case.make_arrays()
    names = [f"chart{number:02}" for number in range(1, 13)]
    rows = results["scars"]["scars"]
    results["scars"]["scars"] = [row | {"chart": name} for name in names for row in rows]
    del results["plan"], results["forecast"]
    case = Case(tmp_path)
    charts = tuple(Surface(name=name, relief_mm=relief, valid=valid, pixel_mm=0.2) for name in names)
    scarmap = ScarMap((), dict.fromkeys(names, labels), dict.fromkeys(names, level))
    case.write_files({"surface.npz": save_scan(Scan(charts=charts)), "scars.npz": write_scars_npz(scarmap)})
    for verb, result in results.items():
        case.write_result(verb, result)
    write_report(case.root)
    text = case.path("report.html").read_text("utf-8")
    assert len(text) < 6_000_000
    assert "because they hold fewer scars: chart09, chart10, chart11, chart12." in text
