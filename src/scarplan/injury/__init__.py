"""From a setting to the share of each skin layer that is injured: penetration, channels, field, scar risk.

precision.py    float64, set in one place
priors.py       drawing a quantity from its prior, the same draw whatever else is drawn
layers.py       the depth layers of the dermis
penetration.py  the depth that needles reach
channels.py     width of a channel after recoil; density of channels from passes
profile.py      shape of a channel or column, and the area it injures in each layer
field.py        injured fraction of each layer (Boolean model of random channels)
end_point.py    pinpoint bleeding, and channels that pass the dermis
scar_risk.py    index of the risk that needling itself scars
draws.py        the uncertain parameters of this room
operator.py     the hand: speed, overlap, misses, pressure
dose.py         Dose, and the interface of every way of injuring
needling.py     needles only
rf_needling.py  RF needles: channel and coagulated zone
columns.py      columns of lasers and plasma
deliver.py      `deliver(setting, device, layers, draws) -> Dose`
needle_by_needle/  the reference: every channel at its place on a curved surface
"""

from scarplan.injury.precision import FLOAT as FLOAT  # isort: skip
from scarplan.injury.channels import channels_per_cm2 as channels_per_cm2
from scarplan.injury.columns import FractionalColumns as FractionalColumns
from scarplan.injury.deliver import deliver as deliver
from scarplan.injury.deliver import needling_of as needling_of
from scarplan.injury.deliver import usual_injury as usual_injury
from scarplan.injury.dose import AbstractInjury as AbstractInjury
from scarplan.injury.dose import Dose as Dose
from scarplan.injury.draws import EnergyDraws as EnergyDraws
from scarplan.injury.draws import NeedlingDraws as NeedlingDraws
from scarplan.injury.draws import draw_needling as draw_needling
from scarplan.injury.field import injured_fraction as injured_fraction
from scarplan.injury.layers import DepthLayers as DepthLayers
from scarplan.injury.layers import dermal_layers as dermal_layers
from scarplan.injury.needling import MechanicalNeedling as MechanicalNeedling
from scarplan.injury.operator import Operator as Operator
from scarplan.injury.operator import draw_operator as draw_operator
from scarplan.injury.operator import speed_ratio_of as speed_ratio_of
from scarplan.injury.operator import with_operator as with_operator
from scarplan.injury.penetration import ReachedDepth as ReachedDepth
from scarplan.injury.priors import Sampler as Sampler
from scarplan.injury.profile import RadiusProfile as RadiusProfile
from scarplan.injury.rf_needling import RfNeedling as RfNeedling
