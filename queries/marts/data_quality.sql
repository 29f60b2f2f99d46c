-- grain: one row a check of the data (not of our arithmetic): how many are affected, of what share, where most, and what it means
with left_out_counts as (
    select
        concat(waits.measure, '_', reasons.reason) as check_name,
        reasons.meaning,
        -- of a carrier that gives dates alone, nothing is left
        reasons.reason = 'date_only' and bool_and(coalesce(waits.left_out, '') = 'date_only') as is_serious,
        mix_cells.carrier_code,
        cast(sum(waits.followed_count) as bigint) as base,
        cast(sum(case when waits.left_out = reasons.reason then waits.followed_count else 0 end) as bigint) as affected
    from follow_up_counts as waits
    inner join mix_cells on waits.cell_id = mix_cells.cell_id
    cross join (
        select 'date_only' as reason, 'left out of the hours because its start or end has a date and no time; a carrier of which all are has no such hours: its days are counted' as meaning
        union all
        select 'negative' as reason, 'left out of the hours because its end lies before its start' as meaning
    ) as reasons
    where mix_cells.period = 'current' and waits.measure in ('first_scan', 'transit')
    group by waits.measure, reasons.reason, reasons.meaning, mix_cells.carrier_code
),

refusal_counts as (
    select
        'refused_input' as check_name,
        'bodies or lines of another shape than a timeline, and not read since: refused, the rest was kept' as meaning,
        true as is_serious,
        cast(null as varchar) as carrier_code,
        count(*) as base,
        count(*) as affected
    from stg_refusals
    where healed_at is null
),

all_counts as (
    select check_name, meaning, is_serious, carrier_code, base, affected from data_quality_counts
    union all
    select check_name, meaning, is_serious, carrier_code, base, affected from left_out_counts
    union all
    select check_name, meaning, is_serious, carrier_code, base, affected from refusal_counts
),

ranked as (
    select
        *,
        row_number() over (
            partition by check_name
            order by case when base > 0 then affected / cast(base as double) else 0.0 end desc, affected desc, carrier_code
        ) as badness
    from all_counts
)

select
    check_name,
    cast(sum(affected) as bigint) as count,
    rounded(rate(sum(affected), sum(base))) as share,
    max(case when badness = 1 and affected > 0 then carrier_code end) as worst_carrier_code,
    max(case when badness = 1 and affected > 0 then rounded(rate(affected, base)) end) as worst_carrier_share,
    meaning,
    bool_or(is_serious and affected > 0) as is_warning
from ranked
group by check_name, meaning
