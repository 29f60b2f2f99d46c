-- what must hold of operating_weeks; rows are failures
select 'two rows for one carrier and destination' as problem, concat(carrier_code, ' ', to_country) as example
from operating_weeks
group by carrier_code, to_country
having count(*) > 1
union all
select 'no operating weekday, or one outside 1 to 7' as problem, concat(carrier_code, ' ', to_country) as example
from operating_weeks
where operating_weekdays = '' or translate(operating_weekdays, '1234567', '') <> ''
union all
select 'a parcel whose carrier and destination have no row' as problem, min(headers.tracking_number) as example
from parcel_headers as headers
left join operating_weeks as weeks
    on coalesce(headers.carrier_code, '') = weeks.carrier_code
    and coalesce(headers.to_country, '') = weeks.to_country
where weeks.operating_weekdays is null
having count(*) > 0
