"""Records: array-free frozen facts (patient, protocol, plan) and the case folder that holds them."""

from scarplan.records.case import Case as Case
from scarplan.records.protocol import Protocol as Protocol
from scarplan.records.protocol import ZoneSetting as ZoneSetting
from scarplan.records.record import Record as Record
from scarplan.records.record import read_record as read_record
