"""phantom.toml: the truth about one print as text that a person can read and complete."""

from __future__ import annotations

from scarplan.canonical import make_plain
from scarplan.records.phantom_plate import PhantomPlate
from scarplan.records.toml_file import without_none, write_toml

_HEAD = """\
Phantom for commissioning scanners, written by `scarplan commission FOLDER --phantom`: what is printed, in mm.
# A place is x to the right and y down from the upper left corner, seen from outside; depths are below the surface.
#
# The printer errs too. Complete what you know of YOUR print, best first:
#  - measured on it (profilometer, calliper): add to a feature
#      measured_depth_mm = 0.098
#      measured_sd_mm = 0.003
#      measured_by = "profilometer of the institute, 2026-03-02"
#  - stated for the printer: under [print] depth_sd_mm, the standard deviation of a printed depth
# Otherwise an assumed standard deviation enters the scanner's bias and gain. Change no other value."""
_PRINT = """\
[print]
# printer = "name of the printer, resin"
# layer_mm = 0.025
# depth_sd_mm = 0.01
# depth_sd_by = "data sheet of the printer"
"""


def write_truth(plate: PhantomPlate) -> str:
    """Return the text of phantom.toml."""
    values = without_none(make_plain(plate))
    text = write_toml({key: value for key, value in values.items() if key != "print"}, comment=_HEAD)
    # A table of the record that is empty here stands before the list of features, with what may be put into it.
    return text.replace("\n[[feature]]", f"\n{_PRINT}\n[[feature]]", 1)
