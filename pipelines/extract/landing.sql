-- The warehouse, version 1: what cannot be made again. This file is the contract between the night shift and queries/staging.
-- No indexes: they cost more at every batch than they save (see DECISIONS.md); uniqueness is kept by the landing's anti joins
-- and proved by a test.

create table meta (
    key varchar not null,
    value varchar not null
);

-- One row a run of a command that writes.
create table runs (
    run_id varchar not null,
    command varchar not null,
    clock_at timestamp not null,
    started_at timestamp not null,
    ended_at timestamp,
    exit_code integer,
    requests bigint,
    retries bigint,
    landed bigint,
    refused bigint,
    dead_letters bigint,
    version varchar,
    summary varchar
);

-- One row a registered tracking number: who is polled, what the last answer was, when to ask again.
-- state: active (polled when due), closed, abandoned, dead (dead letter: see state_reason), alias (polled no more: alias_of owns it).
-- phase is what the plan's interval table is keyed by; phase_since the instant from which its ages count.
create table registry (
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
    failure_count integer not null
);

-- Numbers that a response lists beside the one it was asked for: the seams of relabelled and handed-over parcels.
create table listed_numbers (
    listed_number varchar not null,
    tracking_number varchar not null
);

-- One row a successful poll.
create table landed_polls (
    tracking_number varchar not null,
    observed_at timestamp not null,
    body_hash ubigint not null,
    run_id varchar not null
);

-- One row a distinct response of a parcel, its events apart; only the allow-listed fields ever get here.
create table landed_responses (
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
    unknown_field_count integer not null
);

-- One row a distinct event of a parcel, codes in the case they came. last_seen_at is null while the parcel's newest response
-- shows the event; once a newer one lacks it, the last poll that showed it.
create table landed_events (
    tracking_number varchar not null,
    event_at timestamp,
    event_type varchar,
    status_code varchar,
    sub_status_code varchar,
    status_type varchar,
    first_seen_at timestamp not null,
    last_seen_at timestamp
);

-- What was refused, without its content: the place, the types, a keyed hash to recognise it by.
create table landed_refusals (
    run_id varchar not null,
    refused_at timestamp not null,
    source varchar not null,
    place varchar not null,
    json_path varchar,
    expected varchar,
    found varchar,
    digest varchar not null
);

-- Numbers that were erased and must not come back, as keyed hashes.
create table forgotten_numbers (
    digest varchar not null,
    forgotten_at timestamp not null
);
