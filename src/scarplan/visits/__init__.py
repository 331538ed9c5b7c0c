"""Visits: two scans of one patient, laid over each other, the same scars found again, and what changed."""

from scarplan.visits.compare import DETECTABLE_SDS as DETECTABLE_SDS
from scarplan.visits.compare import ScarChange as ScarChange
from scarplan.visits.compare import VisitsCompared as VisitsCompared
from scarplan.visits.compare import compare_visits as compare_visits
from scarplan.visits.compare import with_repeatability as with_repeatability
from scarplan.visits.faces import register_scans as register_scans
from scarplan.visits.match import ScarMatch as ScarMatch
from scarplan.visits.match import match_scars as match_scars
from scarplan.visits.register import Registration as Registration
from scarplan.visits.register import register_surfaces as register_surfaces
from scarplan.visits.storage import read_laid_over as read_laid_over
from scarplan.visits.storage import write_laid_over as write_laid_over
from scarplan.visits.trust import Trust as Trust
from scarplan.visits.trust import judge_registration as judge_registration
