"""Capture: relief from photographs under known lights; what a plain photograph or a phone can and cannot show."""

from scarplan.capture.integrate import integrate_slopes as integrate_slopes
from scarplan.capture.lights import Light as Light
from scarplan.capture.lights import far_light as far_light
from scarplan.capture.lights import near_light as near_light
from scarplan.capture.normals import LitSkin as LitSkin
from scarplan.capture.normals import Normals as Normals
from scarplan.capture.normals import find_normals as find_normals
from scarplan.capture.read import CapturedRelief as CapturedRelief
from scarplan.capture.read import read_capture as read_capture
from scarplan.capture.relief import Relief as Relief
from scarplan.capture.relief import make_relief as make_relief
from scarplan.capture.render import encode_levels as encode_levels
from scarplan.capture.render import render_light as render_light
