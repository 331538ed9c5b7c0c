"""Parts of the appendix that need more than a template: course, examination, follow-up, outcomes, photographs."""

from scarplan.report.sections.course import CoursePart as CoursePart
from scarplan.report.sections.course import describe_course_part as describe_course_part
from scarplan.report.sections.examination import ExaminationPart as ExaminationPart
from scarplan.report.sections.examination import describe_examination as describe_examination
from scarplan.report.sections.follow_up import FollowUpPart as FollowUpPart
from scarplan.report.sections.follow_up import describe_follow_up as describe_follow_up
from scarplan.report.sections.grades import GradesPart as GradesPart
from scarplan.report.sections.grades import describe_grades as describe_grades
from scarplan.report.sections.outcomes import OutcomesPart as OutcomesPart
from scarplan.report.sections.outcomes import describe_outcomes as describe_outcomes
