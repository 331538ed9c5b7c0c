"""Every number of medical meaning: quantities, their sources, trials, lineage, and the ways to explain and cite them.

Rooms take numbers with `value_of(name)` (or `library.quantity(name)`) inside `recording()`; people ask `explain_path`.
"""

from scarplan.evidence.cite import rank_sources as rank_sources
from scarplan.evidence.claims import Claim as Claim
from scarplan.evidence.claims import all_claims as all_claims
from scarplan.evidence.explain import Explanation as Explanation
from scarplan.evidence.explain import explain_path as explain_path
from scarplan.evidence.explain import explain_quantity as explain_quantity
from scarplan.evidence.integrity import check_evidence as check_evidence
from scarplan.evidence.library import all_quantities as all_quantities
from scarplan.evidence.library import all_sources as all_sources
from scarplan.evidence.library import recording as recording
from scarplan.evidence.library import value_of as value_of
from scarplan.evidence.lineage import list_unexplained as list_unexplained
from scarplan.evidence.published import PublishedRange as PublishedRange
from scarplan.evidence.published import published_range as published_range
from scarplan.evidence.quantity import Prior as Prior
from scarplan.evidence.quantity import Quantity as Quantity
from scarplan.evidence.source import Source as Source
from scarplan.evidence.tables import make_parameter_table as make_parameter_table
from scarplan.evidence.trials import all_syntheses as all_syntheses
from scarplan.evidence.trials import all_trials as all_trials
