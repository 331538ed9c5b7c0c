"""A device of one's own: checked with words, doubted where it is unlike others, and planned and forecast with."""

import dataclasses
import json
import re

import pytest
from click.testing import CliRunner

from scarplan.cli.group import main
from scarplan.devices import EXAMPLE_DEVICE, doubts_about, read_any_device, read_device
from scarplan.errors import BadInput, Refused
from scarplan.workflow.devices import list_devices

LASER = """\
id = "my_laser"
name = "My laser"
device_class = "fractional_co2"
lengths_mm = [0.5, 1.0, 1.5]
column_radius_mm = 0.08
coagulated_rim_mm = 0.05
stated_by = "maker's manual, page 3"
"""
RF = """\
id = "my_rf"
name = "My RF needles"
device_class = "fractional_rf"
needles = 25
needle_diameter_mm = 0.3
lengths_mm = [0.5, 1.5, 3.0]
bare_mm = 0.3
coagulated_rim_mm = 0.15
stated_by = "maker's manual, page 3"
"""


def written(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_the_usual_pen_raises_no_doubt_but_that_of_the_skin(tmp_path):
    own = read_device(written(tmp_path, EXAMPLE_DEVICE))
    assert doubts_about(own) == ()
    checked = list_devices(check=tmp_path / "mine.toml")
    (doubt,) = checked["doubts"]
    assert "2 mm, is longer than the skin is thick" in doubt
    assert [each["id"] for each in checked["devices"]] == ["my_pen"]
    assert (checked["checked"], checked["energy_devices"]) == ("my_pen", [])


@pytest.mark.parametrize(
    ("old", "new", "doubt"),
    [
        ("glide_speed_mm_per_s = 20", "glide_speed_mm_per_s = 0.2", "glide_speed_mm_per_s is 0.2 mm/s.*3 to 100"),
        ("glide_speed_mm_per_s = 20", "glide_speed_mm_per_s = 0.2", "channels_per_cm2_per_pass is 1e.05 per cm2"),
        ("strokes_per_s = 100", "strokes_per_s = 2", "strokes_per_s is 2 a second"),
        ("needle_diameter_mm = 0.25", "needle_diameter_mm = 0.9", "needle_diameter_mm is 0.9 mm.*0.1 to 0.6 mm"),
        ("evaluated_max_mm = 1.5 ", "# ", "evaluated_max_mm is left out"),
    ],
)
def test_what_is_unlike_other_devices_is_doubted_in_words(tmp_path, old, new, doubt):
    assert old in EXAMPLE_DEVICE
    found = " ".join(doubts_about(read_device(written(tmp_path, EXAMPLE_DEVICE.replace(old, new)))))
    assert re.search(doubt, found), found


def test_energy_devices_are_checked_listed_and_not_planned_with(tmp_path):
    laser = read_any_device(written(tmp_path, LASER))
    assert (laser.max_mm, laser.column_radius_mm, laser.ablates) == (1.5, 0.08, True)
    assert doubts_about(laser) == ()
    wide = dataclasses.replace(laser, column_radius_mm=0.8)
    assert "column_radius_mm is 0.8 mm" in doubts_about(wide)[0]
    with pytest.raises(Refused, match=r"E-DEV-005.*My laser is an energy device"):
        read_device(tmp_path / "mine.toml")
    rf = read_any_device(written(tmp_path, RF))
    assert (rf.needles, rf.bare_mm, rf.ablates) == (25, 0.3, False)
    written(tmp_path, RF.replace("bare_mm = 0.3", "bare_mm = 4"))
    with pytest.raises(BadInput, match="bare_mm 4 is longer than every setting"):
        read_any_device(tmp_path / "mine.toml")


def test_the_id_of_a_library_device_is_taken(tmp_path):
    for taken in ("skinpen", "co2_fractional"):
        written(tmp_path, EXAMPLE_DEVICE.replace('id = "my_pen"', f'id = "{taken}"'))
        with pytest.raises(BadInput, match=rf"E-DEV-006.*that of a device of the library.*my_{taken}"):
            read_any_device(tmp_path / "mine.toml")


def test_the_command_checks_a_file_alone(tmp_path):
    checked = CliRunner().invoke(main, ["devices", "--check", str(written(tmp_path, LASER))])
    assert checked.exit_code == 0, checked.output
    assert "The file of my_laser is valid." in checked.stdout
    assert "SkinPen" not in checked.stdout
    refused = CliRunner().invoke(main, ["devices", "--check", str(written(tmp_path, LASER.replace("0.08", "80")))])
    assert refused.exit_code == 2
    assert "80 reads like micrometres: 0.08 mm is meant?" in refused.stderr
    listed = json.loads(CliRunner().invoke(main, ["devices", "--json"]).stdout)
    assert listed["checked"] is None
    assert listed["doubts"] == []
    assert [each["id"] for each in listed["energy_devices"]][:2] == ["rf_insulated", "rf_bare"]
