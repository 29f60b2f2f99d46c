-- what must hold of carrier_report_counts; rows are failures
select 'two rows for one carrier' as problem, carrier_code as example
from carrier_report_counts
group by carrier_code
having count(*) > 1
union all
select 'more reported than there are parcels' as problem, carrier_code as example
from carrier_report_counts
where greater_of(greater_of(acceptance, attempt), greater_of(pickup_point, exception)) > parcels
    or greater_of(promise, sub_status) > parcels
