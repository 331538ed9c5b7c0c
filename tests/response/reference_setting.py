"""The reference setting of the tests of the response: 1.5 mm, 250 channels per cm2, on the cheek."""

from scarplan.records.protocol import ZoneSetting


def setting(**changes):
    return ZoneSetting(**{"zone": "cheek", "needle_length_mm": 1.5, "channels_per_cm2": 250, "passes": 4} | changes)
