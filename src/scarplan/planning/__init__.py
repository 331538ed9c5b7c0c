"""Planning: from scars or an examination, screening, goals and the clinic's protocol to a plan with its reasons.

basis.py         what a plan is made from: scan_basis.py or examination_basis.py; not_ready.py why none can be
two_views.py     an examination beside a scan
screening.py     what the screening says to a plan; wait and stop refuse it
zones.py         needle length settings that may be set in each zone, and ceilings never passed
technique.py     passes, directions, glide or stamp, end point
schedule.py      sessions, interval, review, maintenance
objective.py     what is preferred, in percent of the present depth
reach.py         the chance of a goal, and whether a limit is kept
grid.py          the published course and its neighbours compared, the best one chosen
evaluate.py      one candidate through injury and response, in all draws
inverse.py       every allowed course at once: many.py follows settings side by side in few draws (follow_model.py),
                 merits.py are what plans are compared by, fronts.py what no other is better than
settle.py        a course settled among the device's own steps, from where slopes lead (smooth.py, lead.py);
                 enough.py what brings too little to be settled on
additions.py     plasma and subcision; named.py gentle, standard, intensive; offer.py what is offered, and picking
robust.py        how plans stand when things go otherwise (scenarios.py)
relax.py         goals that exclude each other, and the smallest relaxation
first.py, anaesthesia.py, alternatives.py, protected.py   the words around the needles
possible_changes.py   what may be changed about a plan within its limits
prepare.py       everything together; compose.py makes the plan of it; describe.py, describe_front.py,
                 describe_settled.py plain values
approve.py       from draft to approved
texts.py         texts as data, figures by name
"""

from scarplan.planning.approve import approve as approve
from scarplan.planning.approve import status_of as status_of
from scarplan.planning.basis import ScarBasis as ScarBasis
from scarplan.planning.compose import PlanParts as PlanParts
from scarplan.planning.compose import compose_plan as compose_plan
from scarplan.planning.describe import describe_courses as describe_courses
from scarplan.planning.describe import describe_plan as describe_plan
from scarplan.planning.describe_front import describe_front as describe_front
from scarplan.planning.describe_front import write_front as write_front
from scarplan.planning.describe_other_devices import describe_cross as describe_cross
from scarplan.planning.describe_other_devices import describe_other_devices as describe_other_devices
from scarplan.planning.describe_settled import describe_settled as describe_settled
from scarplan.planning.examination_basis import examination_basis as examination_basis
from scarplan.planning.possible_changes import possible_changes as possible_changes
from scarplan.planning.prepare import choose_device as choose_device
from scarplan.planning.prepare import describe_patient as describe_patient
from scarplan.planning.prepare import prepare_plan as prepare_plan
from scarplan.planning.scan_basis import scan_basis as scan_basis
from scarplan.planning.scan_basis import scars_to_treat as scars_to_treat
from scarplan.planning.screening import ScreeningForPlan as ScreeningForPlan
from scarplan.planning.screening import read_screening as read_screening
from scarplan.planning.two_views import ask_for_scars as ask_for_scars
from scarplan.planning.two_views import compare_with as compare_with
from scarplan.records.clinic_protocol import ClinicProtocol as ClinicProtocol
from scarplan.records.goal import Goals as Goals
