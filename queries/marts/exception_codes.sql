-- grain: one row a carrier ('*' for all), exception group, code and sub-code: parcels of the scan cohort watched 14 days that had it by then
with counts as (
    select * from exception_code_counts
    union all
    select '*' as carrier_code, exception_group, status_code, sub_status_code, parcels, event_count from exception_code_counts
),

watched as (
    select
        mix_cells.carrier_code,
        cohort_counts.watched_14d
    from cohort_counts
    inner join mix_cells on cohort_counts.cell_id = mix_cells.cell_id
    where mix_cells.period = 'current'
),

cohort_sizes as (
    select carrier_code, cast(sum(watched_14d) as bigint) as n from watched group by carrier_code
    union all
    select '*' as carrier_code, cast(sum(watched_14d) as bigint) as n from watched
),

counted as (
    select
        carrier_code,
        exception_group,
        status_code,
        sub_status_code,
        cast(sum(parcels) as bigint) as parcels,
        cast(sum(event_count) as bigint) as event_count
    from counts
    group by carrier_code, exception_group, status_code, sub_status_code
)

select
    counted.carrier_code,
    counted.exception_group,
    counted.status_code,
    counted.sub_status_code,
    counted.parcels,
    counted.event_count as events,
    rounded(rate(counted.parcels, cohort_sizes.n)) as share,
    rounded(wilson_lo(counted.parcels, cohort_sizes.n)) as share_lo,
    rounded(wilson_hi(counted.parcels, cohort_sizes.n)) as share_hi,
    cohort_sizes.n
from counted
inner join cohort_sizes on counted.carrier_code = cohort_sizes.carrier_code
