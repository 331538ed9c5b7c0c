"""Study: agreement and repeatability, blinding, and the analysis of split-face and parallel studies.

estimate_icc        ICC(2,1) and ICC(3,1)            within_subject     spread of repeats, detectable change
bland_altman        bias and limits of agreement     weighted_kappa     agreement of grades
judge_repeats       all of these for one measure     share_found        scars found again
compare_marks       agreement with human marks       analyse_endpoint   one endpoint as declared
"""

from scarplan.study.analyse import analyse_endpoint as analyse_endpoint
from scarplan.study.bland_altman import BlandAltman as BlandAltman
from scarplan.study.bland_altman import bland_altman as bland_altman
from scarplan.study.detectable_change import WithinSubject as WithinSubject
from scarplan.study.detectable_change import within_subject as within_subject
from scarplan.study.found_again import share_found as share_found
from scarplan.study.icc import Icc as Icc
from scarplan.study.icc import estimate_icc as estimate_icc
from scarplan.study.kappa import weighted_kappa as weighted_kappa
from scarplan.study.marks_agreement import compare_marks as compare_marks
from scarplan.study.repeatability import Comparison as Comparison
from scarplan.study.repeatability import Repeatability as Repeatability
from scarplan.study.repeatability import judge_repeats as judge_repeats
