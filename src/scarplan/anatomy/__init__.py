"""Zones of the skin: names, thickness of layers, needle length guidance."""

from scarplan.anatomy.guidance import NeedleLengthGuidance as NeedleLengthGuidance
from scarplan.anatomy.guidance import needle_length_guidance as needle_length_guidance
from scarplan.anatomy.layers import SEXES as SEXES
from scarplan.anatomy.layers import Sex as Sex
from scarplan.anatomy.layers import SkinLayers as SkinLayers
from scarplan.anatomy.layers import layers_of as layers_of
from scarplan.anatomy.zones import Zone as Zone
from scarplan.anatomy.zones import all_zones as all_zones
from scarplan.anatomy.zones import zone as zone
