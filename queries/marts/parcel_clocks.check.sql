-- what must hold of parcel_clocks; rows are failures
select 'two rows for one period and parcel' as problem, concat(period, ' ', tracking_number) as example
from parcel_clocks
group by period, tracking_number
having count(*) > 1
union all
select 'observed after its clock' as problem, concat(period, ' ', tracking_number) as example
from parcel_clocks
where observed_at > clock_at
union all
select 'a changed parcel has no clock' as problem, headers.tracking_number as example
from parcel_headers as headers
inner join changed_parcels as changed on headers.tracking_number = changed.tracking_number
left join parcel_clocks as clocks on headers.tracking_number = clocks.tracking_number and clocks.period = 'current'
where clocks.tracking_number is null
