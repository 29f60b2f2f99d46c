-- what must hold of exception_episode_summary; rows are failures
select 'two rows for one carrier and group' as problem, concat(carrier_code, ' ', exception_group) as example
from exception_episode_summary
group by carrier_code, exception_group
having count(*) > 1
union all
select 'the carriers do not add up to all carriers' as problem, exception_group as example
from exception_episode_summary
group by exception_group
having sum(case when carrier_code = '*' then episodes else -episodes end) <> 0
union all
select 'more episodes than parcels had' as problem, concat(summed.episodes, ' but ', listed.episodes) as example
from (
    select sum(episodes) as episodes
    from exception_episode_summary
    where carrier_code = '*' and exception_group = '*'
) as summed
cross join (select count(*) as episodes from exception_episodes) as listed
where summed.episodes > listed.episodes
union all
select 'a figure lies outside its interval' as problem, concat(carrier_code, ' ', exception_group) as example
from exception_episode_summary
where resolved_p50_hours < resolved_p50_hours_lo
    or resolved_p50_hours > resolved_p50_hours_hi
    or resolved_p50_hours > resolved_p90_hours
    or resolved_p50_hours_lo < 0
    or resolved_share not between resolved_share_lo and resolved_share_hi
    or resolved_share_lo < 0
    or resolved_share_hi > 1
