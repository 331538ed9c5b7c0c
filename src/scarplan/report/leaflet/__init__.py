"""The patient's leaflet: two pages of plain words in English or Dutch, from one case or blank for paper."""

from scarplan.report.leaflet.page import render_blank_leaflet as render_blank_leaflet
from scarplan.report.leaflet.page import render_leaflet as render_leaflet
from scarplan.report.leaflet.wording import LANGUAGES as LANGUAGES
