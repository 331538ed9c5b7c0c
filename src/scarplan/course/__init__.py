"""Course: what was done and measured, the patient's own response, what to do next, and when.

ledger, entry, head, lock   the append-only `ledger.jsonl`, its hash chain, and what guards it
corrections, read           the ledger as it reads today: a `Course`
rescreen, admit, numbing    may a session be recorded, and what must be told about it
verify, density, describe   planned beside delivered; the course as plain values
same                        two results leaf by leaf
appointments                the days of a course: intervals, waits, what belongs to each session, follow-ups
calendar_texts, icalendar   neutral words of the calendar, and its file by RFC 5545; renewal.py makes it again
"""

from scarplan.course.appointments import Appointment as Appointment
from scarplan.course.appointments import Timetable as Timetable
from scarplan.course.appointments import make_timetable as make_timetable
from scarplan.course.entry import Entry as Entry
from scarplan.course.entry import Kind as Kind
from scarplan.course.entry import Signer as Signer
from scarplan.course.ledger import LEDGER as LEDGER
from scarplan.course.ledger import Ledger as Ledger
from scarplan.course.ledger import OpenLedger as OpenLedger
from scarplan.course.ledger import append_entry as append_entry
from scarplan.course.ledger import open_ledger as open_ledger
from scarplan.course.ledger import read_ledger as read_ledger
from scarplan.course.read import Course as Course
from scarplan.course.read import Session as Session
from scarplan.course.read import make_course as make_course
from scarplan.course.read import read_course as read_course
