"""Indications: what needling is used for, and what scarplan does about each: forecast, document, or neither.

`find_use(name)` forgives spelling and takes other names; `all_uses()` lists them; `find_region(name)` names a region.
"""

from scarplan.indications.library import all_uses as all_uses
from scarplan.indications.library import answer_of_region as answer_of_region
from scarplan.indications.library import find_use as find_use
from scarplan.indications.region import REGIONS as REGIONS
from scarplan.indications.region import Place as Place
from scarplan.indications.region import Region as Region
from scarplan.indications.region import all_places as all_places
from scarplan.indications.region import find_place as find_place
from scarplan.indications.region import find_region as find_region
from scarplan.indications.region import is_region as is_region
from scarplan.indications.statement import Evidence as Evidence
from scarplan.indications.use import ANSWER_WORDS as ANSWER_WORDS
from scarplan.indications.use import ANSWERS as ANSWERS
from scarplan.indications.use import Answer as Answer
from scarplan.indications.use import RegionAnswer as RegionAnswer
from scarplan.indications.use import Use as Use
