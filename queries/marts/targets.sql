-- grain: one row a row of seeds/targets.csv: what was agreed, what came of it by the counts of cells, and by how many parcels it fell short
with agreed as (
    select
        seed_targets.*,
        metrics.better,
        greatest(
            coalesce(seed_targets.from_date, run_parameters.window_start_date),
            run_parameters.window_end_date - 399
        ) as first_start_date,
        least(coalesce(seed_targets.to_date, run_parameters.window_end_date), run_parameters.window_end_date) as last_start_date
    from seed_targets
    inner join metrics on seed_targets.metric = metrics.name
    cross join run_parameters
),

summed as (
    select
        agreed.seed_row,
        sum(columns('.+_rate.*_[nx]$'))
    from agreed
    inner join cells
        on cells.start_date between agreed.first_start_date and agreed.last_start_date
        and coalesce(agreed.carrier_code, cells.carrier_code) = cells.carrier_code
        and (agreed.from_country is null or agreed.from_country = cells.from_country)
        and (agreed.to_country is null or agreed.to_country = cells.to_country)
        and (agreed.delivery_type is null or agreed.delivery_type = cells.delivery_type)
        and (agreed.service_level is null or agreed.service_level = cells.service_level)
    group by agreed.seed_row
),

counts as (
    unpivot summed on columns(* exclude seed_row) into name counted value parcels
),

measured as (
    select
        agreed.*,
        coalesce(max(cast(counts.parcels as bigint)) filter (where counts.counted = agreed.metric || '_n'), 0) as n,
        coalesce(max(cast(counts.parcels as bigint)) filter (where counts.counted = agreed.metric || '_x'), 0) as x
    from agreed
    left join counts on agreed.seed_row = counts.seed_row
    group by all
),

bounded as (
    select
        *,
        wilson_lo(x, n) as lo,
        wilson_hi(x, n) as hi,
        -- a share of a count is whole but for its last digits
        ceil(target * n - 1e-9) as least_met,
        floor(target * n + 1e-9) as most_failed
    from measured
),

judged as (
    select
        bounded.*,
        case better when 'higher' then lo >= target else hi <= target end as is_met,
        case better when 'higher' then hi <= target else lo >= target end as is_missed,
        n < thresholds.ranked_from as has_too_few,
        case better when 'higher' then least_met - x else x - most_failed end as short,
        case better when 'higher' then least_met - hi * n else lo * n - most_failed end as short_lo,
        case better when 'higher' then least_met - lo * n else hi * n - most_failed end as short_hi
    from bounded
    cross join (select max(value) filter (where name = 'ranked_from') as ranked_from from seed_thresholds) as thresholds
)

select
    row_number() over (order by seed_row) as target_number,
    carrier_code,
    from_country,
    to_country,
    delivery_type,
    service_level,
    metric,
    target,
    from_date,
    to_date,
    note,
    first_start_date,
    last_start_date,
    n,
    x,
    rounded(rate(x, n)) as rate,
    rounded(lo) as rate_lo,
    rounded(hi) as rate_hi,
    case
        when has_too_few then 'too_few'
        when is_met then 'met'
        when is_missed then 'missed'
        else 'too_close'
    end as verdict,
    case when n > 0 then cast(short as bigint) end as short_by,
    case when n > 0 then cast(ceil(short_lo - 1e-9) as bigint) end as short_by_lo,
    case when n > 0 then cast(ceil(short_hi - 1e-9) as bigint) end as short_by_hi
from judged
order by seed_row
