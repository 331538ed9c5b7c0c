"""Candidacy: the rules as data, each with its sources, and the engine that explains every finding."""

from scarplan.candidacy.check import check_patient as check_patient
from scarplan.candidacy.expectations import LEAST_CHANGE_WORDS as LEAST_CHANGE_WORDS
from scarplan.candidacy.finding import Finding as Finding
from scarplan.candidacy.form import EXAMPLE_PERSON as EXAMPLE_PERSON
from scarplan.candidacy.form import history_rules as history_rules
from scarplan.candidacy.form import write_form as write_form
from scarplan.candidacy.interview import Ask as Ask
from scarplan.candidacy.interview import Interview as Interview
from scarplan.candidacy.interview import interview as interview
from scarplan.candidacy.judge import judge_answer as judge_answer
from scarplan.candidacy.protect import ProtectedSkin as ProtectedSkin
from scarplan.candidacy.rule import Rule as Rule
from scarplan.candidacy.rule import all_rules as all_rules
from scarplan.candidacy.screening import Screening as Screening
from scarplan.candidacy.screening import screen as screen
from scarplan.candidacy.summary import summarise as summarise
