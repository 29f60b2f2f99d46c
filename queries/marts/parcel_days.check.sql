-- what must hold of parcel_days; rows are failures
select 'a carrier has not each hour once' as problem, carrier_code as example
from parcel_days
group by carrier_code
having count(*) <> 337 or count(distinct hours) <> 337
union all
select 'more delivered than attempted, or attempted than scanned' as problem, concat(carrier_code, ' ', hours) as example
from parcel_days
where delivered_share > attempted_share or attempted_share > scanned_share or scanned_share > 1 or delivered_share < 0
union all
select 'a share falls' as problem, concat(carrier_code, ' ', hours) as example
from (
    select
        *,
        lag(scanned_share) over hour_by_hour as scanned_before,
        lag(attempted_share) over hour_by_hour as attempted_before,
        lag(delivered_share) over hour_by_hour as delivered_before
    from parcel_days
    window hour_by_hour as (partition by carrier_code order by hours)
) as followed
where scanned_share < scanned_before - 1e-8 or attempted_share < attempted_before - 1e-8 or delivered_share < delivered_before - 1e-8
union all
select 'the last hour knows what the breakdown does not' as problem, days.carrier_code as example
from parcel_days as days
inner join delay_breakdown as parts on days.carrier_code = parts.carrier_code
where days.hours = 336
    and (
        (days.scanned_share is null) <> (parts.hours_to_scan is null)
        or (days.attempted_share is null) <> (parts.hours_to_attempt is null)
        or (days.delivered_share is null) <> (parts.hours_to_delivery is null)
    )
