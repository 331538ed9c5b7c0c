"""Surface: height maps and meshes as charts of skin, what a scan can resolve, and phantoms with known scars."""

from scarplan.surface.area import seen_area_cm2 as seen_area_cm2
from scarplan.surface.area import true_area_mm2 as true_area_mm2
from scarplan.surface.holes import Hole as Hole
from scarplan.surface.holes import find_holes as find_holes
from scarplan.surface.holes import not_seen_cm2 as not_seen_cm2
from scarplan.surface.resolution import Resolution as Resolution
from scarplan.surface.resolution import state_resolution as state_resolution
from scarplan.surface.storage import load_scan as load_scan
from scarplan.surface.storage import save_scan as save_scan
from scarplan.surface.surface import ChartFrame as ChartFrame
from scarplan.surface.surface import Scan as Scan
from scarplan.surface.surface import Scanner as Scanner
from scarplan.surface.surface import Surface as Surface
