"""Grading scales as suggestions from relief: the clinician's grade is the grade."""

from scarplan.scars.grading.ecca import Ecca as Ecca
from scarplan.scars.grading.goodman_baron import GoodmanBaronQualitative as GoodmanBaronQualitative
from scarplan.scars.grading.goodman_baron import GoodmanBaronQuantitative as GoodmanBaronQuantitative
from scarplan.scars.grading.scale import AbstractScale as AbstractScale
from scarplan.scars.grading.scale import GradeRow as GradeRow
from scarplan.scars.grading.scale import GradeTotal as GradeTotal
from scarplan.scars.grading.scale import ScaleSuggestion as ScaleSuggestion
from scarplan.scars.grading.sensitivity import grade_sensitivity as grade_sensitivity
from scarplan.scars.grading.suggest import suggest_grades as suggest_grades
