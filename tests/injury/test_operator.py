"""The operator's hand: density from speed, overlap and misses, depth from pressure."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scarplan.anatomy import SkinLayers
from scarplan.devices import device
from scarplan.errors import BadInput
from scarplan.evidence.library import quantity
from scarplan.injury import (
    Sampler,
    channels_per_cm2,
    deliver,
    dermal_layers,
    draw_needling,
    draw_operator,
    speed_ratio_of,
    with_operator,
)
from scarplan.records.protocol import ZoneSetting

LAYERS = SkinLayers("cheek", 0.1, 0.03, 1.5, 0.3, sources=())
SAMPLER = Sampler(4000, 2)
PEN = draw_needling(SAMPLER, device_class="pen", layers=LAYERS)


@given(speed=st.floats(0.2, 5.0), overlap=st.floats(0.0, 0.8), missed=st.floats(0.0, 0.8))
def test_a_pen_delivers_needles_times_strokes_over_swept_area(speed, overlap, missed):
    """rho = passes N f / (w (1 - overlap) v) (1 - missed), in closed form from the pen's own numbers."""
    pen = device("generic_pen")
    hand = draw_operator(Sampler(1, 0), speed_ratio=speed, overlap_share=overlap, missed_share=missed)
    swept_mm2_per_s = pen.density.tip_width_mm * (1 - overlap) * speed * pen.density.glide_speed_mm_per_s
    expected = 100 * 2 * pen.needles * pen.density.strokes_per_s / swept_mm2_per_s * (1 - missed)
    delivered = channels_per_cm2(pen, 2) * float(hand.density_ratio(is_gliding_pen=True)[0])
    assert delivered == pytest.approx(expected)
    # a roller's needles lie as close however fast it rolls
    rolled = float(hand.density_ratio(is_gliding_pen=False)[0])
    assert rolled == pytest.approx((1 - missed) / (1 - overlap))


def test_speed_is_relative_to_that_of_the_device():
    pen = device("generic_pen")
    assert speed_ratio_of(pen, 2 * pen.density.glide_speed_mm_per_s) == pytest.approx(2.0)
    assert speed_ratio_of(device("roller_192"), 80.0) == 1.0


def test_the_hand_that_is_not_described_spreads_like_the_one_that_is():
    """The lumped prior and the parts tell the same spread, within a quarter, and the same middle within 5 %."""
    parts = np.log(np.asarray(draw_operator(SAMPLER).density_ratio(is_gliding_pen=True)))
    lumped = quantity("injury.delivered_density_ratio")
    assert np.exp(np.median(parts)) == pytest.approx(lumped.value, rel=0.05)
    assert parts.std() == pytest.approx(lumped.prior.spread, rel=0.25)


def test_pressure_moves_the_depth_and_no_needle_reaches_beyond_its_length():
    soft, hard = (
        with_operator(PEN, draw_operator(SAMPLER, pressure_ratio=ratio), is_gliding_pen=True) for ratio in (0.8, 1.25)
    )
    assert np.asarray(soft.reached_fraction) == pytest.approx(0.8 * np.asarray(PEN.reached_fraction))
    assert np.max(np.asarray(hard.reached_fraction)) == 1.0
    setting = ZoneSetting(zone="cheek", needle_length_mm=1.5, channels_per_cm2=250, passes=4)
    shallow, deep = (deliver(setting, device("generic_pen"), dermal_layers(), each) for each in (soft, hard))
    assert np.all(np.asarray(deep.mean_depth_mm) > np.asarray(shallow.mean_depth_mm))
    assert np.max(np.asarray(deep.mean_depth_mm)) < 1.5


def test_what_is_stated_is_not_drawn_and_the_rest_stays_as_it_was():
    drawn, stated = draw_operator(SAMPLER), draw_operator(SAMPLER, missed_share=0.0)
    assert np.array_equal(drawn.overlap_share, stated.overlap_share)
    assert not np.any(stated.missed_share)
    changed = with_operator(PEN, stated, is_gliding_pen=True)
    assert np.array_equal(changed.recoil_ratio, PEN.recoil_ratio)


@pytest.mark.parametrize(
    ("stated", "fault"),
    [
        ({"missed_share": 1.0}, "missed_share cannot be so.*a share from 0 to 0.9"),
        ({"speed_ratio": 0.0}, "speed_ratio cannot be so"),
        ({"pressure": 1.0}, "pressure cannot be so.*speed_ratio, overlap_share, missed_share, pressure_ratio"),
    ],
)
def test_a_hand_that_cannot_be_is_refused(stated, fault):
    with pytest.raises(BadInput, match=rf"E-INJ-004.*{fault}"):
        draw_operator(Sampler(2, 0), **stated)
