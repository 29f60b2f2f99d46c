-- what must hold of carriers; rows are failures
select 'two rows for one carrier' as problem, carrier_code as example
from carriers
group by carrier_code
having count(*) > 1
union all
select 'two carriers of one colour' as problem, cast(colour_rank as varchar) as example
from carriers
group by colour_rank
having count(*) > 1
union all
select 'the parcels do not add up' as problem, concat(cast(named.parcels as varchar), ' but ', cast(listed.parcels as varchar)) as example
from (select coalesce(sum(parcels), 0) as parcels from carriers) as named
cross join (select count(*) as parcels from parcels) as listed
where named.parcels <> listed.parcels
union all
select 'a carrier that is measured and not named' as problem, figures.carrier_code as example
from carrier_performance as figures
left join carriers on figures.carrier_code = carriers.carrier_code
where figures.carrier_code <> '*' and carriers.carrier_code is null
