-- grain: one row a period (current, previous, weekly: 400 days, of which 53 whole weeks are charted and every day is in cells; label_hours is
-- current, dealt out by weekday and hour; hand_over_latest and hand_over_before: the last 28 days and the 90 before these, dealt out likewise,
-- Mondays to Thursdays), with the clock that it is seen from and its start dates, both inclusive
with parameters as (
    select * from run_parameters
)

select
    'current' as period,
    as_of as clock_at,
    window_start_date as first_start_date,
    window_end_date as last_start_date
from parameters
union all
select
    'previous' as period,
    previous_as_of as clock_at,
    previous_window_start_date as first_start_date,
    previous_window_end_date as last_start_date
from parameters
union all
select
    'weekly' as period,
    as_of as clock_at,
    add_days(window_end_date, -399) as first_start_date,
    window_end_date as last_start_date
from parameters
union all
select
    'label_hours' as period,
    as_of as clock_at,
    window_start_date as first_start_date,
    window_end_date as last_start_date
from parameters
union all
select
    'hand_over_latest' as period,
    as_of as clock_at,
    add_days(window_end_date, -27) as first_start_date,
    window_end_date as last_start_date
from parameters
union all
select
    'hand_over_before' as period,
    as_of as clock_at,
    add_days(window_end_date, -27 - 90) as first_start_date,
    add_days(window_end_date, -28) as last_start_date
from parameters
