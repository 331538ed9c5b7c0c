"""The generated parameter table holds what the data hold."""

import pytest

from scarplan.evidence.library import all_quantities
from scarplan.evidence.tables import list_rooms, make_parameter_table


@pytest.mark.parametrize("room", list_rooms())
def test_every_quantity_of_a_room_has_one_row(room):
    table = make_parameter_table(room)
    rows = [row for name, row in all_quantities().items() if name.startswith(f"{room}.")]
    lines = table.splitlines()
    assert len(lines) == 2 + len(rows)
    assert len({line.replace("\\|", "").count("|") for line in lines}) == 1
    for row in rows:
        assert f"| `{row.name.split('.', 1)[1]}` |" in table


def test_a_row_shows_value_unit_prior_source_and_how_it_was_read():
    line = next(x for x in make_parameter_table("anatomy").splitlines() if "`us_forehead_dermis_male_mm`" in x)
    for words in (
        "1.17",
        "mm",
        "truncated normal(1.17, 0.28)",
        "by patient",
        "bmcmedimaging2022 [trial]",
        "table read",
    ):
        assert words in line


def test_an_unknown_room_names_the_rooms():
    with pytest.raises(KeyError, match="no room 'kitchen' has quantities; there are anatomy"):
        make_parameter_table("kitchen")
