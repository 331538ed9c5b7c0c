"""Aftercare: what to expect, do and avoid day by day, and when to call the clinic; the same with or without a plan."""

from scarplan.aftercare.aftercare import explain_aftercare as explain_aftercare
from scarplan.aftercare.aftercare import list_reasons_to_call as list_reasons_to_call
from scarplan.aftercare.aftercare import plan_aftercare as plan_aftercare
