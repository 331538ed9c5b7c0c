"""The six boxes of page 1, one file each: what a clinician reads first."""

from scarplan.report.boxes.certainty import CertaintyBox as CertaintyBox
from scarplan.report.boxes.certainty import describe_certainty as describe_certainty
from scarplan.report.boxes.do import DoBox as DoBox
from scarplan.report.boxes.do import describe_what_to_do as describe_what_to_do
from scarplan.report.boxes.do import describe_zone as describe_zone
from scarplan.report.boxes.do import describe_zones as describe_zones
from scarplan.report.boxes.expect import ExpectBox as ExpectBox
from scarplan.report.boxes.expect import describe_expectation as describe_expectation
from scarplan.report.boxes.risks import RisksBox as RisksBox
from scarplan.report.boxes.risks import describe_risks as describe_risks
from scarplan.report.boxes.seen import describe_what_was_seen as describe_what_was_seen
from scarplan.report.boxes.seen_box import SeenBox as SeenBox
from scarplan.report.boxes.suitable import SuitableBox as SuitableBox
from scarplan.report.boxes.suitable import describe_suitability as describe_suitability
