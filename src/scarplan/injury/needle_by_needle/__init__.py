"""The reference for the expected field: every channel at its place on a curved surface, in plain NumPy.

places.py    where channels go: at random, roller tracks, pen strokes, stamps, a laser's grid
surface.py   a height map with its normals
shape.py     shape and depths of the channels of one draw
count.py     `count_needles`: injured share of each layer and patch, overlap, unevenness
"""

from scarplan.injury.needle_by_needle.count import NeedleCount as NeedleCount
from scarplan.injury.needle_by_needle.count import count_needles as count_needles
from scarplan.injury.needle_by_needle.places import Field as Field
from scarplan.injury.needle_by_needle.places import laser_grid as laser_grid
from scarplan.injury.needle_by_needle.places import pen_strokes as pen_strokes
from scarplan.injury.needle_by_needle.places import roller_tracks as roller_tracks
from scarplan.injury.needle_by_needle.places import stamp_presses as stamp_presses
from scarplan.injury.needle_by_needle.places import uniform_places as uniform_places
from scarplan.injury.needle_by_needle.shape import ChannelShape as ChannelShape
from scarplan.injury.needle_by_needle.shape import draw_depths as draw_depths
from scarplan.injury.needle_by_needle.surface import SkinSurface as SkinSurface
