-- what must hold of exception_episodes; rows are failures
select 'two rows for one parcel' as problem, tracking_number as example
from exception_episodes
group by tracking_number
having count(*) > 1
union all
select 'an episode ended before it started' as problem, tracking_number as example
from exception_episodes
where ended_at <= started_at or episode_hours < 0 or followed_until_at < started_at or started_at is null
union all
select 'an episode that ended is still open' as problem, tracking_number as example
from exception_episodes
where is_open and (ended_at is not null or outcome <> 'open')
union all
select 'hours from a stamp that has a date and no time' as problem, episodes.tracking_number as example
from exception_episodes as episodes
inner join parcels on episodes.tracking_number = parcels.tracking_number
where episodes.episode_hours is not null and parcels.is_first_exception_date_only
