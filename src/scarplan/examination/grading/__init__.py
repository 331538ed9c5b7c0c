"""Grades of an examination by the scales' own rows, from what was entered or counted, with the raters' disagreement."""

from scarplan.examination.grading.grades import grade_assessment as grade_assessment
