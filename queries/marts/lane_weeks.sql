-- grain: one row a carrier, lane (from, to, delivery type), rate that can alert and week of the start: x of n
with watched as (
    select distinct metric from watched_weeks where is_rate
)

select
    counts.carrier_code,
    counts.from_country,
    counts.to_country,
    counts.delivery_type,
    counts.metric,
    counts.week_start_date,
    counts.x,
    counts.n
from week_counts as counts
inner join watched on counts.metric = watched.metric
where counts.n > 0
