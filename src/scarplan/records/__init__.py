"""Records: array-free frozen facts and the case folder that holds them.

Only the case folder stands here: it needs no pydantic, so that a verb which reads and writes a case starts fast.

protocol   Protocol, ZoneSetting          record      Record, read_record, make_record
patient, assessment, outcomes, photograph, goal, plan, clinic_protocol: one record and its parts each
toml_file  TOML files read, faults in words           all_or_nothing   files that change together
"""

from scarplan.records.case import Case as Case
