"""Harms of needling: redness, swelling, open barrier, dark patches, downtime; and the rare ones in words.

draws.py     the uncertain parameters
redness.py   redness and swelling: days rise with the logarithm of the injury
barrier.py   barrier defect and closing of the channels
pigment.py   risk of new dark patches by skin type, sun, density and length
course.py    all harms of a course
summary.py   `summarise_harms`
"""

from scarplan.response.harms.course import HarmCourse as HarmCourse
from scarplan.response.harms.draws import HarmDraws as HarmDraws
from scarplan.response.harms.summary import summarise_harms as summarise_harms
