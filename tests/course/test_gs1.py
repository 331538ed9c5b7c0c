"""GS1 carriers, read by hand and by machine; the check digit by an independent sum."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.errors import BadInput
from scarplan.records.gs1 import Gs1, is_gs1, parse_gs1
from scarplan.records.record import make_record
from scarplan.records.session_parts import Cartridge

#: The example of the FHIR specification.
EXAMPLE = "{01}00844588003288{17}141120{10}7654321D{21}10987654d321"
SAYS = Gs1("00844588003288", "7654321D", datetime.date(2014, 11, 20), "10987654d321")


def check_digit(thirteen: str) -> str:
    """Return the digit that makes the sum, tripled in every second place from the right, a multiple of ten."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(thirteen)))
    return str(-total % 10)


@pytest.mark.parametrize(
    "carrier",
    [
        EXAMPLE,
        EXAMPLE.replace("{", "(").replace("}", ")"),
        "010084458800328817141120107654321D\x1d2110987654d321",
        "]d2010084458800328817141120107654321D\x1d2110987654d321",
        "  0100844588003288" + "107654321D\x1d" + "17141120" + "2110987654d321  ",
    ],
)
def test_every_way_of_writing_says_the_same(carrier: str) -> None:
    assert parse_gs1(carrier) == SAYS
    assert is_gs1(carrier.strip())


@given(
    st.text("0123456789", min_size=13, max_size=13),
    st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="(){}"), min_size=1, max_size=20),
    st.dates(datetime.date(2000, 1, 1), datetime.date(2099, 12, 31)),
)
def test_what_is_written_is_read(number: str, lot: str, expiry: datetime.date) -> None:
    full = number + check_digit(number)
    written = f"(01){full}(17){expiry:%y%m%d}(10){lot}"
    scanned = f"01{full}17{expiry:%y%m%d}10{lot}"
    assert parse_gs1(written) == parse_gs1(scanned) == Gs1(full, lot, expiry)


@given(st.integers(0, 13), st.integers(1, 9))
def test_one_digit_miscopied_is_seen(place: int, more: int) -> None:
    good = "00844588003288"
    bad = good[:place] + str((int(good[place]) + more) % 10) + good[place + 1 :]
    with pytest.raises(ValueError, match="a slip in copying"):
        parse_gs1(f"(01){bad}(10)A")


def test_day_00_is_the_last_day_of_the_month() -> None:
    assert parse_gs1("(01)00844588003288(17)280200").expiry == datetime.date(2028, 2, 29)


@pytest.mark.parametrize(
    ("carrier", "says"),
    [
        ("(10)7654321D", r"\(01\), is missing"),
        ("(01)0084458800328", "13 characters instead of 14 digits"),
        ("(01)00844588003288(17)281332", "is no day"),
        ("(01)00844588003288(17)281300", "is no day"),
        ("(01)00844588003288(10)" + "A" * 21, "at most 20"),
        ("(01)00844588003288(10)A(10)B", "twice"),
        ("(01)00844588003288(10)", "holds nothing"),
        ("010084458800328899AB", "no application identifier begins with '99'"),
    ],
)
def test_what_is_no_carrier_is_told(carrier: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        parse_gs1(carrier)


def test_a_cartridge_takes_lot_and_expiry_from_its_carrier() -> None:
    cartridge = Cartridge(udi=EXAMPLE)
    assert (cartridge.known_lot, cartridge.known_expiry) == ("7654321D", datetime.date(2014, 11, 20))
    assert (cartridge.known_serial, cartridge.device_identifier) == ("10987654d321", "00844588003288")
    other = Cartridge(udi="+H123ABC01234567890D/$$3230928ABCD", lot="ABCD")  # HIBCC: kept as it is
    assert (other.carrier, other.known_lot) == (None, "ABCD")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"udi": EXAMPLE, "lot": "X"}, "lot is X, and the udi says 7654321D"),
        ({"udi": EXAMPLE.replace("3288", "3289")}, "a slip in copying"),
        ({"lott": "X"}, "did you mean 'lot'"),
    ],
)
def test_a_cartridge_that_contradicts_its_carrier_is_told(values: dict[str, str], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        make_record(values, Cartridge, what="cartridge", template="session")
