-- what must hold of compared; rows are failures
select 'a difference outside its limits, or beyond one' as problem, concat(scope, ' ', metric, ' ', carrier_code, ' ', other_carrier_code) as example
from compared
where not difference between difference_lo - 1e-8 and difference_hi + 1e-8 or difference not between -1 and 1
union all
select 'more compared than there are parcels' as problem, concat(scope, ' ', metric, ' ', carrier_code) as example
from compared
where share not between 0 and 1 or (n = 0) <> (difference is null) or (n = 0) <> (difference_lo is null)
union all
-- what the carriers of a pair have more and less of each other is the same difference seen from both sides
select 'two carriers on one stratum that do not mirror each other' as problem, concat(one.metric, ' ', one.carrier_code, ' ', one.other_carrier_code) as example
from comparison_terms as one
inner join comparison_terms as other
    on one.period = other.period
    and one.metric = other.metric
    and one.carrier_code = other.other_carrier_code
    and one.other_carrier_code = other.carrier_code
    and one.from_country = other.from_country
    and one.to_country = other.to_country
    and one.delivery_type = other.delivery_type
    and one.service_level = other.service_level
where abs((one.own_rate - one.other_rate) + (other.own_rate - other.other_rate)) > 1e-9
union all
select 'one row twice' as problem, max(concat(scope, ' ', metric, ' ', carrier_code, ' ', other_carrier_code)) as example
from compared
group by period, scope, metric, carrier_code, other_carrier_code, from_country, to_country, delivery_type
having count(*) > 1
