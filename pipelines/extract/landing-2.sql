-- The warehouse, version 2: what the text of a date said, codes as slugs, what could not be read, and refusals that are asked again.
-- Tables are written anew: DuckDB commits no transaction that alters a table and then touches it again.

-- last_event_at: the newest event that had happened. refused_nights: nights in a row whose answer was refused, the last of them at
-- refused_at. dead_since: since when it is a dead letter.
create table registry_2 (
    tracking_number varchar not null,
    carrier_code varchar,
    registered_at timestamp not null,
    origin varchar not null,
    state varchar not null,
    state_reason varchar,
    alias_of varchar,
    phase varchar not null,
    phase_since timestamp,
    last_polled_at timestamp,
    last_success_at timestamp,
    last_body_hash ubigint,
    not_found_count integer not null,
    failure_count integer not null,
    last_event_at timestamp,
    refused_nights integer not null default 0,
    refused_at timestamp,
    dead_since timestamp
);
insert into registry_2
select
    registry.* replace (lower(registry.carrier_code) as carrier_code),
    newest.event_at,
    0,
    null,
    case when registry.state = 'dead' then coalesce(registry.last_polled_at, registry.registered_at) end
from registry
left join (
    select landed_events.tracking_number, max(landed_events.event_at) as event_at
    from landed_events
    inner join registry as numbers on landed_events.tracking_number = numbers.tracking_number
    where landed_events.event_at <= numbers.last_success_at
    group by landed_events.tracking_number
) as newest on registry.tracking_number = newest.tracking_number;
drop table registry;
alter table registry_2 rename to registry;

-- is_date_only: the time as written was exactly 00:00:00, or none was written; event_at is then 00:00 UTC of the date as written.
-- Version 1 did not keep the text: what landed as midnight UTC stays a date. offset_minutes: of a date-only event, how far the
-- writer's clock was ahead of UTC; null for none.
create table landed_events_2 (
    tracking_number varchar not null,
    event_at timestamp,
    event_type varchar,
    status_code varchar,
    sub_status_code varchar,
    status_type varchar,
    first_seen_at timestamp not null,
    last_seen_at timestamp,
    is_date_only boolean not null,
    offset_minutes integer
);
insert into landed_events_2
select *, coalesce(epoch_us(event_at) % 86400000000 = 0, false), null from landed_events;
drop table landed_events;
alter table landed_events_2 rename to landed_events;

-- Carrier and option are slugs; unusual_code_count: of how many that changed what was written. unreadable_fields: the paths of fields
-- of another type and of dates whose meaning is not certain, with commas between; they count as missing.
create table landed_responses_2 (
    tracking_number varchar not null,
    body_hash ubigint not null,
    observed_at timestamp not null,
    announced_at timestamp,
    created_at timestamp,
    carrier_code varchar,
    carrier_count integer not null,
    tracking_numbers varchar not null,
    from_country varchar,
    from_postal_area varchar,
    to_country varchar,
    to_postal_area varchar,
    is_return boolean,
    is_mail_box boolean,
    is_to_service_point boolean,
    expected_delivery_date date,
    brand_id bigint,
    integration_id bigint,
    ship_with_type varchar,
    shipping_option_code varchar,
    contract_id bigint,
    source_id varchar,
    event_count integer not null,
    invalid_code_count integer not null,
    unknown_field_count integer not null,
    announced_is_date_only boolean not null,
    unusual_code_count integer not null,
    unreadable_field_count integer not null,
    unreadable_fields varchar not null
);
insert into landed_responses_2
select
    * replace (lower(carrier_code) as carrier_code, lower(shipping_option_code) as shipping_option_code),
    coalesce(epoch_us(announced_at) % 86400000000 = 0, false),
    case when carrier_code <> lower(carrier_code) then 1 else 0 end
        + case when shipping_option_code <> lower(shipping_option_code) then 1 else 0 end,
    0,
    ''
from landed_responses;
drop table landed_responses;
alter table landed_responses_2 rename to landed_responses;

-- healed_at: when what stood there could be read after all.
alter table landed_refusals add column healed_at timestamp;
