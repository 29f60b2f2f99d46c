-- grain: one row a cell, measure, duration and way that a wait ended, or was left out of: how many follow-ups; what the curves are made of
select
    cell_id,
    measure,
    duration,
    ending,
    left_out,
    count(*) as followed_count
from follow_ups
group by cell_id, measure, duration, ending, left_out
