"""Zones of the skin: names, the template face, thickness of layers, needle length guidance."""

from scarplan.anatomy.face_template import TEMPLATE_RADIUS_MM as TEMPLATE_RADIUS_MM
from scarplan.anatomy.face_template import FaceTemplate as FaceTemplate
from scarplan.anatomy.face_template import Landmark as Landmark
from scarplan.anatomy.face_template import Region as Region
from scarplan.anatomy.face_template import face_template as face_template
from scarplan.anatomy.guidance import NeedleLengthGuidance as NeedleLengthGuidance
from scarplan.anatomy.guidance import needle_length_guidance as needle_length_guidance
from scarplan.anatomy.layers import SEXES as SEXES
from scarplan.anatomy.layers import Sex as Sex
from scarplan.anatomy.layers import SkinLayers as SkinLayers
from scarplan.anatomy.layers import layers_of as layers_of
from scarplan.anatomy.zones import Zone as Zone
from scarplan.anatomy.zones import all_zones as all_zones
from scarplan.anatomy.zones import zone as zone
