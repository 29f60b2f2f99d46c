-- what must hold of exception_codes; rows are failures
select 'two rows for one carrier, group, code and sub-code' as problem,
    concat(carrier_code, ' ', exception_group, ' ', status_code, ' ', sub_status_code) as example
from exception_codes
group by carrier_code, exception_group, status_code, sub_status_code
having count(*) > 1
union all
select 'more parcels with the code than parcels, or than events' as problem,
    concat(carrier_code, ' ', status_code, ' ', sub_status_code) as example
from exception_codes
where parcels > n or parcels > events or parcels < 1
union all
select 'a share outside 0 to 1, or outside its limits' as problem,
    concat(carrier_code, ' ', status_code, ' ', sub_status_code) as example
from exception_codes
where share_lo < 0 or share_hi > 1 or share not between share_lo and share_hi
union all
select 'the carriers do not add up to all carriers' as problem, concat(exception_group, ' ', status_code, ' ', sub_status_code) as example
from exception_codes
group by exception_group, status_code, sub_status_code
having sum(case when carrier_code = '*' then parcels else -parcels end) <> 0
    or sum(case when carrier_code = '*' then events else -events end) <> 0
union all
select 'another number of parcels than the exception rate has' as problem, codes.carrier_code as example
from exception_codes as codes
inner join carrier_performance as figures on codes.carrier_code = figures.carrier_code and figures.period = 'current'
where codes.n <> figures.exception_rate_n or codes.share > figures.exception_rate + 1e-9
