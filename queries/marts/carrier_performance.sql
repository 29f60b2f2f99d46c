-- grain: one row a period (current, previous) and carrier, '*' for all carriers together
with adjusted as (
    select
        period,
        carrier_code,
        max(adjusted_rate) filter (where metric = 'on_time_rate') as on_time_rate_adj,
        max(adjusted_rate_lo) filter (where metric = 'on_time_rate') as on_time_rate_adj_lo,
        max(adjusted_rate_hi) filter (where metric = 'on_time_rate') as on_time_rate_adj_hi,
        max(expected_rate) filter (where metric = 'on_time_rate') as on_time_rate_expected,
        max(adjusted_support) filter (where metric = 'on_time_rate') as on_time_rate_adj_support,
        max(adjusted_rate) filter (where metric = 'exception_rate_carrier') as exception_rate_carrier_adj,
        max(adjusted_rate_lo) filter (where metric = 'exception_rate_carrier') as exception_rate_carrier_adj_lo,
        max(adjusted_rate_hi) filter (where metric = 'exception_rate_carrier') as exception_rate_carrier_adj_hi,
        max(expected_rate) filter (where metric = 'exception_rate_carrier') as exception_rate_carrier_expected,
        max(adjusted_support) filter (where metric = 'exception_rate_carrier') as exception_rate_carrier_adj_support
    from adjusted_rates
    group by period, carrier_code
),

open_totals as (
    select
        coalesce(cast(sum(open_now) as bigint), 0) as open_now,
        coalesce(cast(sum(stalled_now) as bigint), 0) as stalled_now
    from open_counts
)

select
    groups.period,
    groups.carrier_code,
    figures.* exclude (group_id),
    case
        when groups.period <> 'current' then null
        when groups.carrier_code = '*' then open_totals.open_now
        else coalesce(open_counts.open_now, 0)
    end as open_now,
    case
        when groups.period <> 'current' then null
        when groups.carrier_code = '*' then open_totals.stalled_now
        else coalesce(open_counts.stalled_now, 0)
    end as stalled_now,
    rounded(adjusted.on_time_rate_adj) as on_time_rate_adj,
    rounded(adjusted.on_time_rate_adj_lo) as on_time_rate_adj_lo,
    rounded(adjusted.on_time_rate_adj_hi) as on_time_rate_adj_hi,
    rounded(adjusted.on_time_rate_expected) as on_time_rate_expected,
    rounded(adjusted.exception_rate_carrier_adj) as exception_rate_carrier_adj,
    rounded(adjusted.exception_rate_carrier_adj_lo) as exception_rate_carrier_adj_lo,
    rounded(adjusted.exception_rate_carrier_adj_hi) as exception_rate_carrier_adj_hi,
    rounded(adjusted.exception_rate_carrier_expected) as exception_rate_carrier_expected,
    rounded(adjusted.on_time_rate_adj_support) as on_time_rate_adj_support,
    rounded(adjusted.exception_rate_carrier_adj_support) as exception_rate_carrier_adj_support,
    rounded(adjusted.on_time_rate_adj_support) as adj_support,
    comparison_figures.* exclude (group_id)
from groups
inner join figures on groups.group_id = figures.group_id
inner join comparison_figures on groups.group_id = comparison_figures.group_id
cross join open_totals
left join adjusted on groups.period = adjusted.period and groups.carrier_code = adjusted.carrier_code
left join open_counts on groups.carrier_code = open_counts.carrier_code
where groups.grain = 'carrier'
