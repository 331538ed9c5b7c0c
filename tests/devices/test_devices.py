"""Devices: the library against its labels, density in closed form, settings, and devices of one's own."""

import math

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from scarplan.cli.group import main
from scarplan.devices import (
    COMPARATOR_CLASSES,
    EXAMPLE_DEVICE,
    PenDensity,
    RollerDensity,
    StampDensity,
    all_devices,
    all_energy_devices,
    device,
    energy_device,
    read_device,
)
from scarplan.errors import BadInput, Refused
from scarplan.evidence.library import all_quantities, recording
from scarplan.workflow.devices import list_devices


def test_the_library_has_the_agreed_devices():
    assert [d.id for d in all_devices()] == ["skinpen", "exceed", "generic_pen", "roller_192", "stamp"]
    assert {d.device_class for d in all_devices()} == {"pen", "roller", "stamp"}
    assert COMPARATOR_CLASSES[:3] == ("fractional_co2", "fractional_rf", "nonablative_fractional")
    assert {d.device_class for d in all_energy_devices()} == set(COMPARATOR_CLASSES)


def test_skinpen_has_eleven_settings_and_was_evaluated_to_one_and_a_half():
    pen = device("skinpen")
    assert pen.lengths_mm == tuple(n * 0.25 for n in range(11))
    assert (pen.max_mm, pen.evaluated_max_mm) == (2.5, 1.5)
    assert "ifu_skinpen_us" in pen.sources


def test_exceed_carries_its_tolerance():
    exceed = device("exceed")
    assert (exceed.needles, exceed.max_mm, exceed.setting_tolerance_mm) == (6, 1.5, 0.15)


def test_roller_density_follows_from_its_drum():
    roller = device("roller_192")
    assert roller.lengths_mm == (1.5,)
    assert roller.channels_per_cm2_per_pass == pytest.approx(192 / (math.pi * 2 * 2), rel=1e-12)
    # published: 15.3 per cm2 a pass; sixteen passes give the often quoted 250
    assert roller.channels_per_cm2_per_pass == pytest.approx(15.3, abs=0.05)
    assert 16 * roller.channels_per_cm2_per_pass == pytest.approx(245, abs=1)


def test_pen_density_is_punctures_over_swept_area():
    # 12 needles x 100 a second on a band of 0.8 cm at 2 cm/s
    assert device("generic_pen").channels_per_cm2_per_pass == pytest.approx(12 * 100 / (0.8 * 2))


positive = st.floats(0.5, 100)


@given(positive, positive, positive)
def test_density_scales_as_geometry_says(strokes, width, speed):
    once = PenDensity(strokes, width, speed).channels_per_cm2(10)
    assert PenDensity(strokes, width, 2 * speed).channels_per_cm2(20) == pytest.approx(once)
    assert RollerDensity(width, speed).channels_per_cm2(10) == pytest.approx(1000 / (math.pi * width * speed))
    wide, narrow = StampDensity(2 * width), StampDensity(width)
    assert wide.channels_per_cm2(40) == pytest.approx(narrow.channels_per_cm2(10))


@given(st.floats(0, 5))
def test_the_setting_below_never_passes_the_length(length_mm):
    for each in all_devices():
        below = each.setting_below(length_mm)
        assert below is None or (below in each.lengths_mm and below <= length_mm + 1e-6)
        assert all(setting <= (below or 0.0) for setting in each.settings_up_to(length_mm))


def test_a_setting_that_the_device_lacks_is_an_error_with_the_allowed_ones():
    assert device("skinpen").require_setting(1.25) == 1.25
    with pytest.raises(BadInput, match=r"E-DEV-002.*no needle length setting of 3 mm.*0\.25, 0\.5"):
        device("skinpen").require_setting(3.0)


def test_an_unknown_device_offers_the_nearest():
    with pytest.raises(BadInput, match=r"E-DEV-001.*did you mean 'skinpen'.*roller_192"):
        device("skinpan")


def test_no_course_is_planned_with_an_energy_device():
    with pytest.raises(Refused, match=r"E-DEV-003.*energy device: courses are planned with needles only"):
        device("co2_fractional")
    with pytest.raises(BadInput, match=r"E-DEV-004.*no energy device is called so.*co2_fractional"):
        energy_device("generic_pen")


def test_an_energy_device_says_how_its_kernel_is_known():
    for each in all_energy_devices():
        assert each.kernel
        assert each.max_mm is not None
    assert energy_device("picosecond_array").kernel.startswith("none: ")
    assert (energy_device("rf_insulated").bare_mm, energy_device("rf_bare").bare_mm) == (0.3, None)
    assert [d.id for d in all_energy_devices() if d.ablates] == [
        "co2_fractional",
        "erbium_yag_fractional",
        "microplasma",
    ]


def test_every_number_of_the_library_is_used_by_a_device():
    with recording() as used:
        all_devices()
        all_energy_devices()
    named = {n for n in all_quantities() if n.startswith("devices.") and not n.startswith("devices.plausible_")}
    left = named - used.quantities
    assert left == {"devices.pen_channels_per_cm2_per_pass_range", "devices.pen_needle_diameter_range_mm"}


def test_settings_never_exceed_the_device():
    for each in all_devices():
        assert list(each.lengths_mm) == sorted(set(each.lengths_mm))
        assert each.lengths_mm[-1] == each.max_mm
        assert each.evaluated_max_mm is None or each.evaluated_max_mm <= each.max_mm


def test_the_example_of_a_device_of_your_own_is_valid(tmp_path):
    path = tmp_path / "my_pen.toml"
    path.write_text(EXAMPLE_DEVICE)
    own = read_device(path)
    assert (own.id, own.max_mm, own.evaluated_max_mm) == ("my_pen", 2.0, 1.5)
    assert own.channels_per_cm2_per_pass == pytest.approx(16 * 100 / (0.8 * 2))
    assert "maker's manual, page 12" in own.note
    assert [d["id"] for d in list_devices(own=path)["devices"]][-1] == "my_pen"


def test_the_command_checks_a_device_of_your_own_and_lists_it(tmp_path):
    path = tmp_path / "my_pen.toml"
    path.write_text(CliRunner().invoke(main, ["template", "device"]).stdout)
    listed = CliRunner().invoke(main, ["devices", "--file", str(path)])
    assert listed.exit_code == 0, listed.output
    assert "My pen" in listed.stdout
    path.write_text(EXAMPLE_DEVICE.replace("needles = 16", "needles = 0"))
    refused = CliRunner().invoke(main, ["devices", "--file", str(path)])
    assert refused.exit_code == 2
    assert "scarplan template device" in refused.stderr


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("needles = 16", "needles = 0", "needles: .*greater than or equal to 1"),
        ("needles = 16", "needels = 16", "needels: unknown key .did you mean 'needles'"),
        ('device_class = "pen" ', 'device_class = "laser" ', "device_class: .*'roller', 'pen', 'stamp'"),
        ("needle_diameter_mm = 0.25", "needle_diameter_mm = 1.5", "needle_diameter_mm: .*less than or equal to 1"),
        ("needle_diameter_mm = 0.25", "needle_diameter_mm = 32", "needle_diameter_mm: 32 reads like a gauge"),
        ("needle_diameter_mm = 0.25", "needle_diameter_mm = 250", "250 reads like micrometres: 0.25 mm is meant"),
        ("1.75, 2.0]", "1750, 2000]", "lengths_mm.*1750 reads like micrometres: 1.75 mm is meant"),
        ("strokes_per_s = 100", "strokes_per_s = 6000", "6000 reads like strokes a minute: 100 a second is meant"),
        ("needles = 16", "bare_mm = 0.3", "a pen does not heat: bare_mm is of an energy device"),
        ("needles = 16", "", "a device of the class pen needs needles"),
        (
            'device_class = "pen" ',
            'device_class = "fractional_co2" ',
            "fractional_co2 needs column_radius_mm, coagulated",
        ),
        ('device_class = "pen" ', 'device_class = "fractional_rf" ', "fractional_rf needs bare_mm, coagulated_rim_mm"),
        ("1.75, 2.0]", "2.0, 1.75]", "lengths_mm must rise"),
        ("evaluated_max_mm = 1.5 ", "evaluated_max_mm = 3.0 ", "evaluated_max_mm 3 is longer than every setting"),
        ("tip_width_mm = 8", "", "a pen needs tip_width_mm, or channels_per_cm2_per_pass"),
        ('stated_by = "maker\'s manual, page 12"', "", "stated_by: is missing"),
        ("needles = 16", "needles = nan", "needles"),
    ],
)
def test_a_wrong_description_says_what_is_wrong(tmp_path, old, new, fault):
    path = tmp_path / "own.toml"
    assert old in EXAMPLE_DEVICE
    path.write_text(EXAMPLE_DEVICE.replace(old, new))
    with pytest.raises(BadInput, match=rf"E-FILE-007.*{fault}"):
        read_device(path)


def test_a_stated_density_replaces_the_geometry(tmp_path):
    path = tmp_path / "own.toml"
    text = EXAMPLE_DEVICE.replace("tip_width_mm = 8", "channels_per_cm2_per_pass = 120")
    path.write_text(text)
    assert read_device(path).channels_per_cm2_per_pass == 120
    assert read_device(path).density_in_words == "as stated for this device"


def test_the_verb_lists_every_number_with_its_origin():
    result = list_devices()
    assert result["comparators"] == list(COMPARATOR_CLASSES)
    pen = result["devices"][0]
    ceiling = next(n for n in pen["numbers"] if n["field"] == "evaluated_max_mm")
    assert (ceiling["value"], ceiling["source"], ceiling["rank"]) == (1.5, "ifu_skinpen_us", "label")
    assert result["manifest"]["verb"] == "devices"
    assert "devices.skinpen_evaluated_max_mm" in result["manifest"]["quantities"]
    assert "schwarz2011" in result["manifest"]["sources"]
    assert result == list_devices()
