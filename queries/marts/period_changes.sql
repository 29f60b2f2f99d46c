-- grain: one row a carrier ('*' for all) and metric: current beside previous period; rates by Newcombe's interval of the difference (1998),
-- percentiles by whether their intervals overlap; a carrier that was not known yet when the previous period began is not covered there; whether a clear change is for the better is for the metric to say, where it says so
with least_counts as (
    select max(case when name = 'ranked_from' then value end) as ranked_from from seed_thresholds
),

rate_values as (
    select
        groups.carrier_code,
        rates.metric,
        groups.period,
        rates.rate as value,
        rates.rate_lo as value_lo,
        rates.rate_hi as value_hi,
        rates.n,
        true as is_rate
    from rates
    inner join groups on rates.group_id = groups.group_id
    where groups.grain = 'carrier'
),

hour_values as (
    select
        groups.carrier_code,
        'first_scan_p50_hours' as metric,
        groups.period,
        durations.p50 as value,
        durations.p50_lo as value_lo,
        durations.p50_hi as value_hi,
        durations.followed_count as n,
        false as is_rate
    from durations
    inner join groups on durations.group_id = groups.group_id
    where groups.grain = 'carrier' and durations.measure = 'first_scan'
    union all
    select
        groups.carrier_code,
        'transit_p50_hours' as metric,
        groups.period,
        durations.p50 as value,
        durations.p50_lo as value_lo,
        durations.p50_hi as value_hi,
        durations.followed_count as n,
        false as is_rate
    from durations
    inner join groups on durations.group_id = groups.group_id
    where groups.grain = 'carrier' and durations.measure = 'transit'
    union all
    select
        groups.carrier_code,
        'transit_p90_hours' as metric,
        groups.period,
        durations.p90 as value,
        durations.p90_lo as value_lo,
        durations.p90_hi as value_hi,
        durations.followed_count as n,
        false as is_rate
    from durations
    inner join groups on durations.group_id = groups.group_id
    where groups.grain = 'carrier' and durations.measure = 'transit'
),

all_values as (
    select * from rate_values
    union all
    select * from hour_values
),

starts as (
    select
        carrier_starts.carrier_code,
        carrier_starts.first_known_date <= run_parameters.previous_window_start_date as is_covered
    from carrier_starts
    cross join run_parameters
),

compared as (
    select
        now.carrier_code,
        now.metric,
        now.is_rate,
        now.value as current_value,
        now.value_lo as current_lo,
        now.value_hi as current_hi,
        now.n as current_n,
        before.value as previous_value,
        before.value_lo as previous_lo,
        before.value_hi as previous_hi,
        coalesce(before.n, 0) as previous_n,
        now.value - before.value as difference,
        case metrics.better
            when 'higher' then 1
            when 'lower' then -1
        end as good_sign,
        coalesce(starts.is_covered, false) as is_covered
    from all_values as now
    inner join metrics on now.metric = metrics.name
    left join starts on now.carrier_code = starts.carrier_code
    left join all_values as before
        on now.carrier_code = before.carrier_code and now.metric = before.metric and before.period = 'previous'
    where now.period = 'current'
),

bounded as (
    select
        compared.*,
        case
            when is_rate then difference
                - sqrt(pow(current_value - current_lo, 2) + pow(previous_hi - previous_value, 2))
        end as difference_lo,
        case
            when is_rate then difference
                + sqrt(pow(current_hi - current_value, 2) + pow(previous_value - previous_lo, 2))
        end as difference_hi,
        is_covered and current_n >= least_counts.ranked_from and previous_n >= least_counts.ranked_from
            and current_value is not null and previous_value is not null as is_comparable
    from compared
    cross join least_counts
),

judged as (
    select
        *,
        case
            when not is_comparable then null
            when is_rate then difference_lo > 0 or difference_hi < 0
            else coalesce(current_lo > previous_hi or previous_lo > current_hi, false)
        end as is_clear
    from bounded
)

select
    carrier_code,
    metric,
    rounded(current_value) as current_value,
    rounded(previous_value) as previous_value,
    rounded(difference) as difference,
    rounded(difference_lo) as difference_lo,
    rounded(difference_hi) as difference_hi,
    current_n,
    previous_n,
    is_clear,
    case
        when not is_covered then 'not_covered'
        when is_clear is null then 'not comparable'
        when not is_clear then 'no clear change'
        when good_sign is null then 'changed'
        when difference * good_sign > 0 then 'better'
        else 'worse'
    end as direction
from judged
