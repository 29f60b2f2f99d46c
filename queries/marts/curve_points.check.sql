-- what must hold of curve_points; rows are failures
with points as (
    select
        *,
        lag(hours) over (partition by measure, carrier_code order by hours) as earlier_hours,
        lag(share) over (partition by measure, carrier_code order by hours) as earlier_share,
        lag(at_risk) over (partition by measure, carrier_code order by hours) as earlier_at_risk
    from curve_points
)

select 'an hour is missing or stands twice' as problem, concat(measure, ' ', carrier_code, ' ', cast(hours as varchar)) as example
from points
where hours <> coalesce(earlier_hours, -1.0) + 1
union all
select 'the curve falls' as problem, concat(measure, ' ', carrier_code, ' ', cast(hours as varchar)) as example
from points
where share < earlier_share - 1e-9 or (share is not null and earlier_hours is not null and earlier_share is null)
union all
select 'more are at risk than an hour ago' as problem, concat(measure, ' ', carrier_code, ' ', cast(hours as varchar)) as example
from points
where at_risk > earlier_at_risk or at_risk < 0
union all
select 'a share outside 0 to 1, or outside its limits' as problem,
    concat(measure, ' ', carrier_code, ' ', cast(hours as varchar)) as example
from points
where share_lo < 0 or share_hi > 1 or share not between share_lo - 1e-9 and share_hi + 1e-9
