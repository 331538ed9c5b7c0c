"""From injury to surface: cascade of healing, collagen pools, tether, surface lag, relief; and harms.

patient.py      what of a patient the response depends on
draws.py        the uncertain parameters, drawn from their priors
modifiers.py    age, smoking, additions such as platelet-rich plasma
spread.py       growth factor spreads from where it is released
density.py      how the yield of a session rises with channel density
yield_table.py  the table behind it, made with the unit cell
monotone.py     interpolation that never overshoots
unit_cell/      a 3-D box of skin with channels at their places
cascade.py      debris, inflammation, growth factor, activated fibroblasts
matrix.py       collagen pools of a layer: equations, and short steps for the unit cell
pools.py        the same over long steps
propagators.py  exact exponentials of small linear chains, for every length of step
steps.py        the steps of a course: short after a session, long later
tether.py       bands that hold a rolling scar down
heat.py         heat and ablation: slower clearing, contraction, edges taken off
integrate.py    the course over days on these steps
backwards.py    the same followed backwards: slopes of one number by everything; adjoints.py one step of it
course.py       `ZoneCourse`, the course of one zone
heal.py         `heal(setting, device, ...) -> ZoneCourse`
new_acne.py     new scars from new acne, as a process
relief.py       `relief_change(course, ...)`: how far each pixel of a scar's floor rises; lateral.py its smoothing
compilation.py  keeping compiled code between runs
harms/          redness, swelling, barrier, pigment, rare harms
"""

from scarplan.response.compilation import enable_compilation_cache as enable_compilation_cache
from scarplan.response.course import ZoneCourse as ZoneCourse
from scarplan.response.draws import ResponseDraws as ResponseDraws
from scarplan.response.draws import central_parameters as central_parameters
from scarplan.response.draws import draw_parameters as draw_parameters
from scarplan.response.draws import draw_with as draw_with
from scarplan.response.heal import DAY_BLOCK as DAY_BLOCK
from scarplan.response.heal import AskedDays as AskedDays
from scarplan.response.heal import PreparedHealing as PreparedHealing
from scarplan.response.heal import heal as heal
from scarplan.response.heal import heal_injury as heal_injury
from scarplan.response.heal import lay_days as lay_days
from scarplan.response.heal import prepare_healing as prepare_healing
from scarplan.response.heat import EDGED_KINDS as EDGED_KINDS
from scarplan.response.heat import HeatDraws as HeatDraws
from scarplan.response.modifiers import ADJUNCTS as ADJUNCTS
from scarplan.response.new_acne import ActiveAcne as ActiveAcne
from scarplan.response.new_acne import NewScars as NewScars
from scarplan.response.new_acne import new_scars as new_scars
from scarplan.response.patient import ResponsePatient as ResponsePatient
from scarplan.response.relief import FloorWindow as FloorWindow
from scarplan.response.relief import prepare_floor as prepare_floor
from scarplan.response.relief import relief_change as relief_change
from scarplan.response.relief import relief_of_few as relief_of_few
