-- The warehouse, version 2: what the text of a date said, codes as slugs, what could not be read, and refusals that are asked again.

-- is_date_only: the time as written was exactly 00:00:00, or none was written; event_at is then 00:00 UTC of the date as written.
-- Version 1 did not keep the text: what landed as midnight UTC stays a date. offset_minutes: of a date-only event, how far the
-- writer's clock was ahead of UTC; null for none.
alter table landed_events add column is_date_only boolean default false;
alter table landed_events add column offset_minutes integer;
update landed_events set is_date_only = true where epoch_us(event_at) % 86400000000 = 0;

-- unusual_code_count: carrier and option codes that were written otherwise than their slug. unreadable_fields: the paths of fields of
-- another type and of dates whose meaning is not certain; they count as missing.
alter table landed_responses add column announced_is_date_only boolean default false;
alter table landed_responses add column unusual_code_count integer default 0;
alter table landed_responses add column unreadable_field_count integer default 0;
alter table landed_responses add column unreadable_fields varchar default '';
update landed_responses set announced_is_date_only = true where epoch_us(announced_at) % 86400000000 = 0;
update landed_responses set
    unusual_code_count = case when carrier_code <> lower(carrier_code) then 1 else 0 end
        + case when shipping_option_code <> lower(shipping_option_code) then 1 else 0 end,
    carrier_code = lower(carrier_code),
    shipping_option_code = lower(shipping_option_code)
where carrier_code <> lower(carrier_code) or shipping_option_code <> lower(shipping_option_code);

-- last_event_at: the newest event that had happened. refused_nights: nights in a row whose answer was refused, the last of them at
-- refused_at. dead_since: since when it is a dead letter.
alter table registry add column last_event_at timestamp;
alter table registry add column refused_nights integer default 0;
alter table registry add column refused_at timestamp;
alter table registry add column dead_since timestamp;
update registry set carrier_code = lower(carrier_code) where carrier_code <> lower(carrier_code);
update registry set dead_since = coalesce(last_polled_at, registered_at) where state = 'dead';
update registry set last_event_at = newest.event_at
from (
    select landed_events.tracking_number, max(landed_events.event_at) as event_at
    from landed_events
    inner join registry as numbers on landed_events.tracking_number = numbers.tracking_number
    where landed_events.event_at <= numbers.last_success_at
    group by landed_events.tracking_number
) as newest
where registry.tracking_number = newest.tracking_number;

-- healed_at: when what stood there could be read after all.
alter table landed_refusals add column healed_at timestamp;
