-- grain: one row a parcel that a visible poll showed: what its newest response says of it, and its promises
with parameters as (
    select * from run_parameters
),

numbers as (
    select * from stg_registry
),

changed as (
    select * from changed_parcels
),

showings as (
    select
        numbers.owner_number as tracking_number,
        polls.tracking_number as polled_number,
        polls.body_hash,
        min(polls.observed_at) as first_shown_at,
        max(polls.observed_at) as last_shown_at
    from stg_polls as polls
    inner join numbers on polls.tracking_number = numbers.tracking_number
    inner join changed on numbers.owner_number = changed.tracking_number
    cross join parameters
    where polls.observed_at <= parameters.as_of
    group by numbers.owner_number, polls.tracking_number, polls.body_hash
),

shown as (
    select
        showings.*,
        bodies.announced_at,
        bodies.is_announced_date_only,
        bodies.carrier_code,
        bodies.carrier_count,
        bodies.from_country,
        bodies.from_postal_area,
        bodies.to_country,
        bodies.to_postal_area,
        bodies.is_return,
        bodies.is_mail_box,
        bodies.is_to_service_point,
        bodies.expected_delivery_date,
        bodies.brand_id,
        bodies.integration_id,
        bodies.shipping_option_code,
        bodies.contract_id,
        bodies.invalid_code_count,
        bodies.unusual_code_count,
        bodies.unreadable_fields,
        bodies.unknown_field_count
    from showings
    inner join stg_responses as bodies
        on showings.polled_number = bodies.tracking_number and showings.body_hash = bodies.body_hash
),

ranked as (
    select
        *,
        row_number() over (
            partition by tracking_number
            order by last_shown_at desc, case when polled_number = tracking_number then 0 else 1 end, body_hash desc
        ) as recency
    from shown
),

newest as (
    select * from ranked where recency = 1
),

-- a label from before the century, or of the day after tomorrow, is none
labels as (
    select
        tracking_number,
        announced_at < timestamp '2000-01-01 00:00:00' or announced_at > add_hours(last_shown_at, 24) as is_implausible
    from newest
    where announced_at is not null
),

promises as (
    select
        tracking_number,
        expected_delivery_date,
        first_shown_at,
        row_number() over (partition by tracking_number order by first_shown_at, body_hash) as promise_number,
        row_number() over (partition by tracking_number order by last_shown_at desc, body_hash desc) as promise_recency
    from ranked
    where expected_delivery_date is not null
),

first_seen as (
    select
        tracking_number,
        min(first_shown_at) as first_observed_at
    from showings
    group by tracking_number
),

promise_span as (
    select
        tracking_number,
        max(case when promise_number = 1 then expected_delivery_date end) as edd_original,
        max(case when promise_number = 1 then first_shown_at end) as edd_original_seen_at,
        max(case when promise_recency = 1 then expected_delivery_date end) as edd_current
    from promises
    group by tracking_number
),

listings as (
    select
        numbers.owner_number as tracking_number,
        max(shipments.handover_at) as handover_planned_at,
        bool_or(shipments.is_listed_return) as is_listed_return
    from stg_shipments as shipments
    inner join numbers on shipments.tracking_number = numbers.tracking_number
    inner join changed on numbers.owner_number = changed.tracking_number
    group by numbers.owner_number
),

from_zones as (
    select * from seed_country_zones
),

to_zones as (
    select * from seed_country_zones
)

select
    newest.tracking_number,
    account_of(newest.tracking_number) as account,
    coalesce(newest.carrier_code, 'unknown') as carrier_code,
    newest.carrier_count > 1 as multi_carrier,
    upper(newest.from_country) as from_country,
    upper(newest.to_country) as to_country,
    upper(newest.from_postal_area) as from_postal_area,
    upper(newest.to_postal_area) as to_postal_area,
    from_zones.time_zone as from_time_zone,
    to_zones.time_zone as to_time_zone,
    coalesce(newest.shipping_option_code, 'unknown') as shipping_option_code,
    case
        when newest.is_to_service_point then 'service_point'
        when newest.is_mail_box then 'mailbox'
        else 'home'
    end as delivery_type,
    coalesce(newest.is_return, listings.is_listed_return, false) as is_return,
    newest.brand_id,
    newest.integration_id,
    newest.contract_id,
    case when not labels.is_implausible then newest.announced_at end as announced_at,
    newest.is_announced_date_only,
    coalesce(labels.is_implausible, false) as has_implausible_label,
    listings.handover_planned_at,
    first_seen.first_observed_at,
    newest.last_shown_at as observed_at,
    promise_span.edd_original,
    promise_span.edd_original_seen_at,
    promise_span.edd_current,
    newest.invalid_code_count,
    newest.unusual_code_count,
    newest.unreadable_fields,
    newest.unknown_field_count
from newest
inner join first_seen on newest.tracking_number = first_seen.tracking_number
left join labels on newest.tracking_number = labels.tracking_number
left join listings on newest.tracking_number = listings.tracking_number
left join promise_span on newest.tracking_number = promise_span.tracking_number
left join from_zones on upper(newest.from_country) = from_zones.country_code
left join to_zones on upper(newest.to_country) = to_zones.country_code
