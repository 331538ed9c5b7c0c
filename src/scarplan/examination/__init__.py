"""Examination: what a clinician sees without a scanner; checked, graded by the scales' own rows, drawn as scars."""

from scarplan.examination.assess import describe_assessment as describe_assessment
from scarplan.examination.contradictions import check_assessment as check_assessment
from scarplan.examination.count_words import is_open_class as is_open_class
from scarplan.examination.count_words import say_count as say_count
from scarplan.examination.count_words import say_range as say_range
from scarplan.examination.count_words import say_total as say_total
from scarplan.examination.drawn import DrawnScars as DrawnScars
from scarplan.examination.drawn import draw_scars as draw_scars
from scarplan.examination.follow_up import compare_examinations as compare_examinations
from scarplan.examination.follow_up import is_same_skin as is_same_skin
from scarplan.examination.form import write_assessment as write_assessment
from scarplan.examination.groups import DEPRESSED_KINDS as DEPRESSED_KINDS
from scarplan.examination.groups import PAIRED_ZONES as PAIRED_ZONES
from scarplan.examination.groups import CountRange as CountRange
from scarplan.examination.groups import Group as Group
from scarplan.examination.groups import count_range as count_range
from scarplan.examination.groups import group_id as group_id
from scarplan.examination.groups import list_groups as list_groups
from scarplan.examination.interview import Ask as Ask
from scarplan.examination.interview import ExaminationInterview as ExaminationInterview
from scarplan.examination.interview import interview_examiner as interview_examiner
from scarplan.examination.notice import NOTICE as NOTICE
from scarplan.examination.seen import KIND_WORDS as KIND_WORDS
from scarplan.examination.seen import list_places as list_places
