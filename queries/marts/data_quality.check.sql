-- what must hold of data_quality; rows are failures
select 'two rows for one check' as problem, check_name as example
from data_quality
group by check_name
having count(*) > 1
union all
select 'a share outside 0 to 1' as problem, check_name as example
from data_quality
where share < 0 or share > 1 or worst_carrier_share < 0 or worst_carrier_share > 1 or count < 0
union all
select 'the worst carrier is better than all together' as problem, check_name as example
from data_quality
where worst_carrier_share < share - 1e-9
union all
select 'quarantined events are lost: the reasons do not add up' as problem,
    concat(cast(counted.event_count as varchar), ' but ', cast(kept.event_count as varchar)) as example
from (
    select coalesce(sum(count), 0) as event_count
    from data_quality
    where check_name in ('event_no_timestamp', 'event_implausible', 'event_future', 'event_before_label')
) as counted
cross join (select count(*) as event_count from events where quarantine_reason is not null) as kept
where counted.event_count <> kept.event_count
