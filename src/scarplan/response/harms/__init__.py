"""Harms of treatment: redness, swelling, open barrier, pain, dark patches, infection, scars; rare ones in words too.

draws.py     the uncertain parameters
heat.py      those of energy devices besides
redness.py   redness and swelling: days rise with the logarithm of the injury
barrier.py   barrier defect and closing of the channels
pain.py      pain of a session, with numbing cream and without
pigment.py   risk of new dark patches by skin type, sun, density and length or device, and how they fade
rare.py      infection, and the index of scars by the treatment itself
course.py    all harms of a course
summary.py   `summarise_harms`
"""

from scarplan.response.harms.course import HarmCourse as HarmCourse
from scarplan.response.harms.draws import HarmDraws as HarmDraws
from scarplan.response.harms.summary import signs_by_day as signs_by_day
from scarplan.response.harms.summary import summarise_harms as summarise_harms
