"""Every number of medical meaning: quantities, their sources, trials, lineage, and the ways to explain and cite them.

Rooms take numbers with `value_of(name)` (or `library.quantity(name)`) inside `recording()`; people ask `explain_path`.
Only what every verb needs is imported here, so that a verb starts fast.

library     quantities and sources, and what a run used         explain     from a printed number to its source
cite        sources by rank                                     claims      statements with their sources
trials      published trials and reviews                        published   the published range of a quantity
figures     figures named in texts                              lineage     what each leaf of a result is made from
tables      a room's quantities as a table                      integrity   faults of the evidence itself
"""

from scarplan.evidence.library import all_quantities as all_quantities
from scarplan.evidence.library import all_sources as all_sources
from scarplan.evidence.library import recording as recording
from scarplan.evidence.library import value_of as value_of
from scarplan.evidence.lineage import list_unexplained as list_unexplained
from scarplan.evidence.quantity import Prior as Prior
from scarplan.evidence.quantity import Quantity as Quantity
from scarplan.evidence.source import Source as Source
