"""Photographs: dated views without hidden data, marks on them, agreement of raters, colour with a chart.

The report gets its pictures by `read_aligned_pairs(case, photo_result)`: each pair has `pictures.side_by_side()` and
`pictures.ghost()`, and `encode_jpeg` makes bytes of them. One photograph alone is `read_picture(path)`.
"""

from scarplan.photographs.agreement import Agreement as Agreement
from scarplan.photographs.agreement import compare_raters as compare_raters
from scarplan.photographs.agreement import describe_agreement as describe_agreement
from scarplan.photographs.album import Album as Album
from scarplan.photographs.album import marks_file as marks_file
from scarplan.photographs.album import next_id as next_id
from scarplan.photographs.album import read_album as read_album
from scarplan.photographs.align import Alignment as Alignment
from scarplan.photographs.align import judge_alignment as judge_alignment
from scarplan.photographs.differences import compare_conditions as compare_conditions
from scarplan.photographs.differences import list_warnings as list_warnings
from scarplan.photographs.mark_page import render_mark_page as render_mark_page
from scarplan.photographs.marks import CHART_CORNERS as CHART_CORNERS
from scarplan.photographs.marks import LANDMARKS as LANDMARKS
from scarplan.photographs.marks import SCAR_KINDS as SCAR_KINDS
from scarplan.photographs.marks import SKIN_PATCHES as SKIN_PATCHES
from scarplan.photographs.marks import MarkedScar as MarkedScar
from scarplan.photographs.marks import Marks as Marks
from scarplan.photographs.marks_csv import read_marks as read_marks
from scarplan.photographs.marks_csv import write_marks as write_marks
from scarplan.photographs.overlay import AlignedPair as AlignedPair
from scarplan.photographs.overlay import align_pair as align_pair
from scarplan.photographs.overlay import encode_jpeg as encode_jpeg
from scarplan.photographs.pairs import PhotographPair as PhotographPair
from scarplan.photographs.pairs import describe_pair as describe_pair
from scarplan.photographs.pairs import list_pairs as list_pairs
from scarplan.photographs.pairs import read_aligned_pairs as read_aligned_pairs
from scarplan.photographs.receive import ReceivedPhotograph as ReceivedPhotograph
from scarplan.photographs.receive import read_picture as read_picture
from scarplan.photographs.receive import receive_photograph as receive_photograph
from scarplan.photographs.views import STANDARD_CLOSE_UPS as STANDARD_CLOSE_UPS
from scarplan.photographs.views import STANDARD_VIEWS as STANDARD_VIEWS
from scarplan.photographs.views import VIEWS as VIEWS
from scarplan.photographs.views import missing_views as missing_views
