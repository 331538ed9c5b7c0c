"""Marks as CSV: what is written is read again, and every fault is told with its row."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scarplan.errors import BadInput
from scarplan.photographs import CHART_CORNERS, LANDMARKS, SCAR_KINDS, SKIN_PATCHES, read_marks, write_marks
from scarplan.photographs.marks import MarkedScar, Marks, Ruler, SkinPatch
from scarplan.photographs.widths import measure_width

HEAD = "what,name,x_px,y_px,edge_x_px,edge_y_px,length_mm"
SIZE = (640, 480)
RULER = "ruler,ruler,10,10,110,10,50"


@pytest.fixture
def write(tmp_path):
    def save(*rows: str, head: str = HEAD, encoding: str = "utf-8"):
        path = tmp_path / "marks.csv"
        path.write_bytes("\n".join((head, *rows)).encode(encoding))
        return path

    return save


def fault(path) -> str:
    with pytest.raises(BadInput) as caught:
        read_marks(path, size_px=SIZE)
    return str(caught.value)


class TestReading:
    def test_everything_at_once(self, write):
        corners = [f"chart,{name},{20 * i},30,,," for i, name in enumerate(CHART_CORNERS, start=1)]
        marks = read_marks(
            write(
                RULER, "scar,icepick,100,200,,,", "scar,rolling,300,200,310,200,", "landmark,nose_tip,320,240,,,",
                "skin,reference,50,60,50,66,", "skin,patch_1,70,60,,,", *corners,
            ),
            size_px=SIZE,
        )  # fmt: skip
        assert marks.scars == (MarkedScar("icepick", (100, 200)), MarkedScar("rolling", (300, 200), (310, 200)))
        assert marks.scars[1].centre_px == (305, 200)
        assert marks.landmarks == {"nose_tip": (320, 240)}
        assert marks.ruler.px_per_mm == 2
        assert marks.skin["reference"].radius_px == 6
        assert marks.skin["patch_1"].radius_px is None
        assert marks.has_chart
        assert marks.counts == {**dict.fromkeys(SCAR_KINDS, 0), "icepick": 1, "rolling": 1}

    @pytest.mark.parametrize(
        ("head", "row"),
        [
            (HEAD.replace(",", ";"), "Scar;Ice-pick;100,5;200;;;"),
            (HEAD.replace(",", "\t"), "scar\tice pick\t100.5\t200\t\t\t"),
            ("\ufeff" + HEAD, '"scar",icepick,100.5,200,,,'),
            ("name,what,y_px,x_px,edge_x_px,edge_y_px,length_mm", "icepick,scar,200,100.5,,,"),
            (HEAD + "\r", "scar,icepick,100.5,200,,,\r"),
        ],
    )
    def test_spreadsheets_write_in_many_ways(self, write, head, row):
        assert read_marks(write(row, "", head=head), size_px=SIZE).scars == (MarkedScar("icepick", (100.5, 200)),)

    def test_the_picture_they_were_made_on(self, write):
        own, other = "ab" * 32, "cd" * 32
        path = write("photo,2026-03-02_front-2 abababababab,,,,,", "scar,icepick,100,200,,,")
        for sha256 in (own, None):
            assert read_marks(path, size_px=SIZE, photo_sha256=sha256).scars == (MarkedScar("icepick", (100, 200)),)
        with pytest.raises(BadInput, match="made on another picture") as caught:
            read_marks(path, size_px=SIZE, photo_sha256=other)
        assert caught.value.code == "E-PHOTO-024"
        assert "2026-03-02_front-2 abababababab" in str(caught.value)
        by_hand = write("scar,icepick,100,200,,,")
        assert read_marks(by_hand, size_px=SIZE, photo_sha256=other).counts["icepick"] == 1

    def test_another_picture_is_told_before_places_outside_of_it(self, write):
        path = write("photo,2026-03-02_front abababababab,,,,,", "scar,icepick,9999,200,,,")
        with pytest.raises(BadInput, match="made on another picture"):
            read_marks(path, size_px=SIZE, photo_sha256="cd" * 32)

    def test_no_scar_found_is_a_result(self, write):
        assert read_marks(write(), size_px=SIZE) == Marks()


class TestFaults:
    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("wart,icepick,1,1,,,", "row 2: what is 'wart', allowed: scar, landmark"),
            ("scar,crater,1,1,,,", "row 2: scar 'crater' is not known, allowed: icepick"),
            ("landmark,nose,1,1,,,", "row 2: landmark 'nose' is not known"),
            ("scar,,1,1,,,", "row 2: scar '' is not known"),
            ("scar,icepick,,,,,", "row 2: has no position"),
            ("scar,icepick,1,,,,", "only one of x_px and y_px"),
            ("scar,icepick,1,x,,,", "y_px is 'x', not a number"),
            ("scar,icepick,nan,1,,,", "x_px is 'nan', not a number"),
            ("scar,icepick,inf,1,,,", "x_px is 'inf', not a number"),
            ("scar,icepick,1_0,1,,,", "x_px is '1_0', not a number"),
            ("scar,icepick,\u0663,1,,,", "x_px is '\u0663', not a number"),
            ("scar,icepick,1e999,1,,,", "x_px is '1e999', not a number"),
            ("scar,icepick,641,1,,,", r"(641, 1) lies outside the photograph of 640 x 480 pixels"),
            ("scar,icepick,1,-1,,,", "(1, -1) lies outside"),
            ("scar,icepick,1,1,9,9,", "row 2: a scar has a width, but no ruler is marked"),
            ("scar,icepick,1,1,,,3", "a scar has no length_mm"),
            ("landmark,nose_tip,1,1,2,2,", "a landmark has one position only"),
            ("ruler,ruler,1,1,,,50", "the other end of the ruler is missing"),
            ("ruler,ruler,1,1,100,1,", "the length of the ruler in mm is missing"),
            ("ruler,ruler,1,1,100,1,0", "length_mm is 0, allowed: 1 to 500"),
            ("ruler,ruler,1,1,15,1,50", "less than 20 pixels apart"),
            ("ruler,ruler,1,1,1,1,50", "the other end of the ruler lies on its first position"),
            ("photo,2026-03-02_front,,,,,", "row 2: photo needs as name an id and 12 digits"),
            ("photo,2026-03-02_front abababababab,1,1,,,", "row 2: photo needs as name an id and 12 digits"),
            ("chart,white,1,1,,,", "chart corners are missing: dark_skin, bluish_green, black"),
        ],
    )
    def test_a_row_that_cannot_be(self, write, row, said):
        assert said in fault(write(row))

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ((RULER, RULER), "row 3: the ruler stands already in row 2"),
            (
                ("photo,a abababababab,,,,,", "photo,b abababababab,,,,,"),
                "row 3: the photo stands already in row 2",
            ),
            (
                ("scar,boxcar,9,9,,,", "", "scar,boxcar,9,9,,,"),
                "row 4: scar boxcar stands already in row 2 at the same place",
            ),
            (
                ("landmark,nose_tip,9,9,,,", "landmark,nose_tip,1,9,,,"),
                "row 3: landmark nose_tip stands already in row 2",
            ),
        ],
    )
    def test_rows_that_contradict_each_other(self, write, rows, said):
        assert said in fault(write(*rows))

    def test_all_faults_are_told_up_to_a_dozen(self, write):
        said = fault(write(*["scar,crater,1,1,,,"] * 20))
        assert "row 2:" in said
        assert "and 8 more" in said

    @pytest.mark.parametrize(
        ("head", "said"),
        [
            (HEAD + ",depth_mm", "column depth_mm, but no depth can be read from a photograph"),
            ("what,name,x_px,y_px", "do not have the right columns (got what, name, x_px, y_px)"),
            (HEAD + ",x_px", "do not have the right columns"),
            ("", "do not have the right columns"),
        ],
    )
    def test_other_columns(self, write, head, said):
        assert said in fault(write("scar,icepick,1,1,,,", head=head))

    def test_a_file_that_is_no_table(self, write, tmp_path):
        assert "instead of 7" in fault(write("scar,icepick,1,1"))
        assert "are not UTF-8 text" in fault(write("scar,icépick,1,1,,,", encoding="latin-1"))
        assert "do not exist" in fault(tmp_path / "none.csv")
        assert "are not a file" in fault(tmp_path)
        empty = tmp_path / "empty.csv"
        empty.touch()
        assert "are empty or too large" in fault(empty)
        assert "more than 5000" in fault(write(*[f"scar,other,{i / 10},1,,," for i in range(5001)]))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(alphabet='scar,icepk"\n\r\x00;1.9-e', max_size=120))
    def test_any_text_is_read_or_refused(self, write, text):
        path = write(text)
        try:
            marks = read_marks(path, size_px=SIZE)
        except BadInput:
            return
        assert all(scar.kind in SCAR_KINDS for scar in marks.scars)


numbers = st.floats(0, 480).map(lambda x: round(x, 3))
positions = st.tuples(numbers, numbers)


@st.composite
def any_marks(draw) -> Marks:
    """Draw marks that hang together."""
    ruler = draw(st.none() | st.just(Ruler(((10.0, 10.0), (110.0, 20.5)), 50.0)))
    edges = positions if ruler else st.none()
    scars = draw(
        st.lists(
            st.builds(MarkedScar, st.sampled_from(list(SCAR_KINDS)), positions, st.none() | edges).filter(
                lambda scar: scar.edge_px != scar.tap_px
            ),
            max_size=8,
            unique_by=lambda scar: (scar.kind, scar.tap_px),
        )
    )
    patches = st.builds(SkinPatch, positions, st.none() | positions).filter(lambda p: p.border_px != p.centre_px)
    return Marks(
        scars=tuple(scars),
        landmarks=draw(st.dictionaries(st.sampled_from(list(LANDMARKS)), positions, max_size=5)),
        ruler=ruler,
        chart={name: draw(positions) for name in CHART_CORNERS} if draw(st.booleans()) else {},
        skin=draw(st.dictionaries(st.sampled_from(list(SKIN_PATCHES)), patches, max_size=3)),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_marks())
def test_what_is_written_is_read_again(tmp_path, marks):
    path = tmp_path / "marks.csv"
    path.write_text(write_marks(marks), "utf-8")
    assert read_marks(path, size_px=(480, 480)) == marks
    assert write_marks(read_marks(path, size_px=(480, 480))) == path.read_text("utf-8")


class TestWidth:
    RULER = Ruler(((0.0, 0.0), (300.0, 400.0)), 50.0)  # 500 pixels, 10 a millimetre

    def test_by_the_ruler(self):
        width = measure_width(MarkedScar("boxcar", (100, 100), (106, 108)), self.RULER, size_px=(1000, 800))
        assert width.width_mm == pytest.approx(1.0)
        # Taps of 1 pixel each: two on the scar, and two on a ruler fifty times as long.
        assert width.width_sd_mm == pytest.approx(math.hypot(0.1 * math.sqrt(2), 1.0 * math.sqrt(2) / 500))

    def test_never_without_ruler_or_second_edge(self):
        assert measure_width(MarkedScar("boxcar", (1, 1), (5, 5)), None, size_px=SIZE) is None
        assert measure_width(MarkedScar("boxcar", (1, 1)), self.RULER, size_px=SIZE) is None
