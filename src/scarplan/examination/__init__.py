"""Examination: what a clinician sees without a scanner; checked, graded by the scales' own rows, drawn as scars."""
