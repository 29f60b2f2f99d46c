-- grain: one row a carrier, lane (from, to, delivery type), rate that can alert and week of the start: x of n
with counts as (
    select * from rate_counts
),

weekly_cells as (
    select * from mix_cells where period = 'weekly'
),

watched as (
    select distinct metric from watched_weeks where is_rate
)

select
    weekly_cells.carrier_code,
    weekly_cells.from_country,
    weekly_cells.to_country,
    weekly_cells.delivery_type,
    counts.metric,
    weekly_cells.week_start_date,
    cast(sum(counts.x) as bigint) as x,
    cast(sum(counts.n) as bigint) as n
from counts
inner join weekly_cells on counts.cell_id = weekly_cells.cell_id
inner join watched on counts.metric = watched.metric
where counts.n > 0
group by
    weekly_cells.carrier_code,
    weekly_cells.from_country,
    weekly_cells.to_country,
    weekly_cells.delivery_type,
    counts.metric,
    weekly_cells.week_start_date
