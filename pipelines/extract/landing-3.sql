-- The warehouse, version 3: the account's own parcels, as Sendcloud's list of shipments shows them.

-- One row a parcel that the list showed with a number, as the page that was read last had it; only the allow-listed fields.
-- listed_at: the run's clock when it was read; scope: which of the shipments were asked for.
create table landed_shipments (
    tracking_number varchar not null,
    listed_at timestamp not null,
    scope varchar not null,
    carrier_code varchar,
    status_code varchar,
    created_at timestamp,
    updated_at timestamp,
    announced_at timestamp,
    handover_at timestamp,
    deliver_at timestamp,
    shipping_option_code varchar,
    contract_id bigint,
    brand_id bigint,
    integration_id bigint,
    from_country varchar,
    from_postal_area varchar,
    to_country varchar,
    to_postal_area varchar,
    is_return boolean
);

-- One row a listed parcel that had no number yet, known again by when it was made.
create table unnumbered_parcels (
    created_at timestamp not null,
    announced_at timestamp,
    listed_at timestamp not null
);

-- One row a pass through the list. purpose: first (all of the last months), moved (what was updated since), since (as far back as
-- somebody asked), labels (announced since, while parcels wait for a number). cursor: of the page to be read next; null at the start and
-- at the end. ended_at: null while it lasts; a killed one goes on from its page.
create table list_passes (
    purpose varchar not null,
    started_at timestamp not null,
    scope varchar not null,
    after_by varchar not null,
    after_at timestamp not null,
    cursor varchar,
    page_count integer not null,
    parcel_count integer not null,
    new_count integer not null,
    ended_at timestamp
);

-- One row a poll of a parcel that, by the list, had not moved: what it brings tells how far the list can be trusted. Gone once counted.
create table list_checks (
    tracking_number varchar not null,
    planned_at timestamp not null,
    polled_before_at timestamp not null,
    updated_at timestamp not null,
    is_shown boolean not null
);

-- One row a complete sync that counted checks: polls of what had not moved by the list, those of them that brought an event which the list
-- still does not show, all polls that brought an event, moved or not, and whether the list was trusted after it.
create table list_trust (
    counted_at timestamp not null,
    checked integer not null,
    missed integer not null,
    brought integer not null,
    is_trusted boolean not null
);

-- Numbers that were dropped for their age and must not come back, as the first 64 bits of a keyed hash. A carrier uses a number again: one
-- announced after dropped_at is another parcel.
create table dropped_numbers (
    digest ubigint not null,
    dropped_at timestamp not null
);
