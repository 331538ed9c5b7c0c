"""Report: lay the results of a case out on self-contained pages: report, leaflet, visit sheet, and their PDFs."""

from scarplan.report.case_arrays import read_chart_views as read_chart_views
from scarplan.report.leaflet import render_leaflet as render_leaflet
from scarplan.report.pdf import print_pdf as print_pdf
from scarplan.report.report_page import describe_page_one as describe_page_one
from scarplan.report.report_page import render_report as render_report
from scarplan.report.results import CaseResults as CaseResults
from scarplan.report.results import read_case_results as read_case_results
from scarplan.report.visit_sheet import render_visit_sheet as render_visit_sheet
