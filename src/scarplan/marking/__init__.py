"""Pages on which a person marks a picture: what they share."""

from scarplan.marking.page import choose as choose
from scarplan.marking.page import fill_page as fill_page
from scarplan.marking.page import list_options as list_options
from scarplan.marking.page import start_sentence as start_sentence
