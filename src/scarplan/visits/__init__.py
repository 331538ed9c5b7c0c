"""Visits: two scans of one patient, laid over each other, the same scars found again, and what changed."""

from scarplan.visits.register import Registration as Registration
from scarplan.visits.register import register_surfaces as register_surfaces
