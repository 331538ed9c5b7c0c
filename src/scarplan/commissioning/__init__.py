"""Commissioning: what one scanner can be trusted with, from repeated scans and from a printed phantom."""

from scarplan.commissioning.characterise import Characteristics as Characteristics
from scarplan.commissioning.characterise import characterise_print as characterise_print
from scarplan.commissioning.characterise import characterise_repeats as characterise_repeats
from scarplan.commissioning.design import design_plate as design_plate
from scarplan.commissioning.digital import CONDITIONS as CONDITIONS
from scarplan.commissioning.digital import DigitalResult as DigitalResult
from scarplan.commissioning.digital import try_digital as try_digital
from scarplan.commissioning.noise import chart_of as chart_of
from scarplan.commissioning.plate import map_plate as map_plate
from scarplan.commissioning.plate import plate_height_mm as plate_height_mm
from scarplan.commissioning.points import ScanPoints as ScanPoints
from scarplan.commissioning.points import read_points as read_points
from scarplan.commissioning.register import PlacedScan as PlacedScan
from scarplan.commissioning.register import plate_template as plate_template
from scarplan.commissioning.register import register_print as register_print
from scarplan.commissioning.register import register_skin as register_skin
from scarplan.commissioning.register import skin_template as skin_template
from scarplan.commissioning.stl import build_plate as build_plate
from scarplan.commissioning.stl import write_stl as write_stl
from scarplan.commissioning.truth_file import write_truth as write_truth
from scarplan.commissioning.verdict import Check as Check
from scarplan.commissioning.verdict import all_passed as all_passed
from scarplan.commissioning.verdict import check_limits as check_limits
from scarplan.commissioning.verdict import make_profile as make_profile
