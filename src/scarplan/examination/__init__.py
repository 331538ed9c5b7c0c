"""Examination: what a clinician sees without a scanner; checked, graded by the scales' own rows, drawn as scars."""

from scarplan.examination.drawn import DrawnScars as DrawnScars
from scarplan.examination.drawn import draw_scars as draw_scars
from scarplan.examination.groups import DEPRESSED_KINDS as DEPRESSED_KINDS
from scarplan.examination.groups import PAIRED_ZONES as PAIRED_ZONES
from scarplan.examination.groups import CountRange as CountRange
from scarplan.examination.groups import Group as Group
from scarplan.examination.groups import count_range as count_range
from scarplan.examination.groups import group_id as group_id
from scarplan.examination.groups import list_groups as list_groups
from scarplan.examination.notice import NOTICE as NOTICE
