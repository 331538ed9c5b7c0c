"""Sheets for paper: what a clinic fills with a pen, the visit sheet's parts and the blank sheets."""

from scarplan.report.sheets.visit_changes import describe_changes as describe_changes
from scarplan.report.sheets.visit_minutes import estimate_minutes as estimate_minutes
from scarplan.report.sheets.visit_zones import describe_zones as describe_zones
