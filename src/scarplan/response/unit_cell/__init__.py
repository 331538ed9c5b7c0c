"""The unit cell: a 3-D box of skin with channels at their places, from which the yield table is made.

box.py          the box and its voxels
channels.py     channels at random places, each with its own depth
injured.py      the injured share of each voxel, exact below the voxel
rates.py        rates of reaction and spread
spectrum.py     waves of the box, in which diffusion is diagonal
signal.py       growth factor, exact at any time
fibroblasts.py  activated fibroblasts: activation, walk, drift
steps.py        the time grid
cell.py         the cell and the yield of one session
course.py       sessions over days, with collagen in every voxel
well_mixed.py   what the course model makes of the same dose
node.py         one node of the yield table
"""

from scarplan.response.unit_cell.box import Box as Box
from scarplan.response.unit_cell.box import box_for as box_for
from scarplan.response.unit_cell.cell import Cell as Cell
from scarplan.response.unit_cell.cell import activity_of_session as activity_of_session
from scarplan.response.unit_cell.cell import make_cell as make_cell
from scarplan.response.unit_cell.channels import Channels as Channels
from scarplan.response.unit_cell.channels import random_channels as random_channels
from scarplan.response.unit_cell.course import CellCourse as CellCourse
from scarplan.response.unit_cell.course import heal_cell as heal_cell
from scarplan.response.unit_cell.injured import injured_share as injured_share
from scarplan.response.unit_cell.node import COARSE as COARSE
from scarplan.response.unit_cell.node import FULL as FULL
from scarplan.response.unit_cell.node import NodeYield as NodeYield
from scarplan.response.unit_cell.node import Resolution as Resolution
from scarplan.response.unit_cell.node import node_yield as node_yield
from scarplan.response.unit_cell.node import strength_of as strength_of
from scarplan.response.unit_cell.rates import CellRates as CellRates
from scarplan.response.unit_cell.rates import rates_of as rates_of
from scarplan.response.unit_cell.well_mixed import activity_when_mixed as activity_when_mixed
