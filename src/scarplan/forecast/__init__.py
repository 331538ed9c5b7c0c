"""Forecast: draws of outcomes, measured on simulated surfaces with the same code as the first scan.

courses.py       zones healed with the same draws for every plan
kinds.py         which draws take a scar for tethered
days.py          the days of a forecast
window.py        one scar's window made ready
scanner.py       what a follow-up scan by the same scanner would show
many_draws.py    relief change of one scar in every draw at once
simulate.py      every draw's surface of one scar, measured
outcomes.py      all scars of a plan, with and without maintenance
surfaces.py      poor, middle and good outcome as whole surfaces
finder_check.py  the full finder on them, against the windows
change.py        is a change large enough to be measured? baseline_error.py what the first scan does not know of a scar
scar_draws.py    scars as the draws take them: measured on a scan, or drawn from an examination
columns.py       the same law without maps, for comparing plans
column_outcomes.py   a plan from an examination followed so; describe_columns.py   as plain values
maintenance.py   what maintenance is worth; new_scars.py new scars expected from new acne
quantiles.py     medians and 50 and 90 % intervals
sensitivity.py   which inputs a figure hangs on; inputs.py their words; value_of_knowing.py what a reading takes off
headline.py      depth left in more draws, by columns; changes.py what may be changed; readings.py what may be measured
what_it_hangs_on.py   all of it for one patient; describe_sensitivity.py, say_sensitivity.py as values and sentences
describe.py      a forecast as plain values; storage.py its arrays
"""

from scarplan.forecast.baseline_error import with_baseline_error as with_baseline_error
from scarplan.forecast.changes import Change as Change
from scarplan.forecast.column_outcomes import ColumnOutcomes as ColumnOutcomes
from scarplan.forecast.column_outcomes import follow_columns as follow_columns
from scarplan.forecast.columns import residual_depth as residual_depth
from scarplan.forecast.courses import ZoneHealer as ZoneHealer
from scarplan.forecast.days import choose_days as choose_days
from scarplan.forecast.describe import NOTICE as NOTICE
from scarplan.forecast.describe import describe_forecast as describe_forecast
from scarplan.forecast.describe_columns import describe_columns as describe_columns
from scarplan.forecast.describe_sensitivity import describe_sensitivity as describe_sensitivity
from scarplan.forecast.finder_check import FinderCheck as FinderCheck
from scarplan.forecast.finder_check import check_finder as check_finder
from scarplan.forecast.headline import Follower as Follower
from scarplan.forecast.maintenance import describe_benefit as describe_benefit
from scarplan.forecast.new_scars import describe_new_scars as describe_new_scars
from scarplan.forecast.new_scars import draw_like_own as draw_like_own
from scarplan.forecast.outcomes import Outcomes as Outcomes
from scarplan.forecast.outcomes import make_timetable as make_timetable
from scarplan.forecast.outcomes import simulate_outcomes as simulate_outcomes
from scarplan.forecast.outcomes import zone_setting as zone_setting
from scarplan.forecast.quantiles import quantiles_over_draws as quantiles_over_draws
from scarplan.forecast.scanner import model_scanner as model_scanner
from scarplan.forecast.scar_draws import ScarDraws as ScarDraws
from scarplan.forecast.scar_draws import measured_scars as measured_scars
from scarplan.forecast.storage import forecast_name as forecast_name
from scarplan.forecast.storage import write_columns as write_columns
from scarplan.forecast.storage import write_forecast as write_forecast
from scarplan.forecast.surfaces import choose_outcome_draws as choose_outcome_draws
from scarplan.forecast.surfaces import draw_surfaces as draw_surfaces
from scarplan.forecast.what_it_hangs_on import draws_to_explain as draws_to_explain
from scarplan.forecast.what_it_hangs_on import follow_measured as follow_measured
from scarplan.forecast.what_it_hangs_on import look_into as look_into
