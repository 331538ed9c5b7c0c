"""Virtual patients and their scars, and the scores that raters give them.

people.py    faces with scars of each kind; how collagen making falls with age
protocol.py  what an arm received, and priors of what a trial leaves untold
simulate.py  courses of the virtual patients through injury and response
raters.py    their depths graded by the published scales
"""

from scarplan.population.people import KINDS as KINDS
from scarplan.population.people import KINDS_OF_TRIALS as KINDS_OF_TRIALS
from scarplan.population.people import Population as Population
from scarplan.population.people import draw_faces as draw_faces
from scarplan.population.people import relative_yield_of_age as relative_yield_of_age
from scarplan.population.people import volume_shares as volume_shares
from scarplan.population.people import volumes as volumes
from scarplan.population.protocol import UNTOLD as UNTOLD
from scarplan.population.protocol import Protocol as Protocol
from scarplan.population.protocol import Schedule as Schedule
from scarplan.population.protocol import complete as complete
from scarplan.population.raters import GRADED as GRADED
from scarplan.population.raters import mean_scores as mean_scores
