"""Scars: found on a surface, measured against their own rim, classified and graded.

find_scars_in        the scars of one surface           find_scars_in_scan   of all charts of a scan
prepare_windows      where each scar is measured        measure_windows      depth and volume on many surfaces
depth_histogram      area and volume by depth           save, read           scars.npz and scars.csv
read_review          the clinician's review.csv         apply_review         the reviewed list
grading              Goodman & Baron, ECCA: suggestions from relief
"""

from scarplan.scars.find import find_scars_in as find_scars_in
from scarplan.scars.find import find_scars_in_scan as find_scars_in_scan
from scarplan.scars.histogram import DepthHistogram as DepthHistogram
from scarplan.scars.histogram import depth_histogram as depth_histogram
from scarplan.scars.kind import COUNTED_KINDS as COUNTED_KINDS
from scarplan.scars.kind import counted_kind as counted_kind
from scarplan.scars.measure import MeasuringWindow as MeasuringWindow
from scarplan.scars.measure import MeasuringWindows as MeasuringWindows
from scarplan.scars.measure import measure_windows as measure_windows
from scarplan.scars.measure import prepare_windows as prepare_windows
from scarplan.scars.review import Review as Review
from scarplan.scars.review import apply_review as apply_review
from scarplan.scars.review import read_review as read_review
from scarplan.scars.scarmap import SCAR_KINDS as SCAR_KINDS
from scarplan.scars.scarmap import Scar as Scar
from scarplan.scars.scarmap import ScarKind as ScarKind
from scarplan.scars.scarmap import ScarMap as ScarMap
from scarplan.scars.storage import read_scarmap as read_scarmap
from scarplan.scars.storage import write_scars_csv as write_scars_csv
from scarplan.scars.storage import write_scars_npz as write_scars_npz
