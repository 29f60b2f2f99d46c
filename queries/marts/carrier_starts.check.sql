-- what must hold of carrier_starts; rows are failures
select 'two rows for one carrier' as problem, carrier_code as example
from carrier_starts
group by carrier_code
having count(*) > 1
union all
select 'a carrier is known before all carriers are' as problem, own.carrier_code as example
from carrier_starts as own
inner join carrier_starts as everyone on everyone.carrier_code = '*'
inner join parcels on own.carrier_code = parcels.carrier_code and parcels.label_date is not null
where own.first_known_date < everyone.first_known_date
