-- what must hold of week_durations; rows are failures
select 'two rows for one carrier, week and measure' as problem, concat(carrier_code, ' ', cast(week_start_date as varchar), ' ', measure) as example
from week_durations
group by carrier_code, week_start_date, measure
having count(*) > 1
union all
select 'more were followed in a week than started in it' as problem,
    concat(kept.carrier_code, ' ', cast(kept.week_start_date as varchar), ' ', kept.measure) as example
from week_durations as kept
left join (
    select
        carrier_code,
        week_start_date,
        labelled,
        scanned
    from week_members
    union all
    select
        '*' as carrier_code,
        week_start_date,
        cast(sum(labelled) as bigint) as labelled,
        cast(sum(scanned) as bigint) as scanned
    from week_members
    group by week_start_date
) as members
    on kept.carrier_code = members.carrier_code and kept.week_start_date = members.week_start_date
where members.week_start_date is null
    or kept.followed_count > case when kept.measure = 'first_scan' then members.labelled else members.scanned end
