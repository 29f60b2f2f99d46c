/** The statements of one batch, in order; all set-based, so that a batch of any size costs a handful of scans. */

// What is staged beside the columns of landed_responses, whose list is the table itself.
const besideColumns = 'place, phase, phase_since, last_event_at';

const createStages = `
  create or replace temp table staged_responses as
  select
    cast(null as integer) as place, cast(null as varchar) as phase, cast(null as timestamp) as phase_since,
    cast(null as timestamp) as last_event_at, *
  from landed_responses
  limit 0;
  create or replace temp table staged_events (
    response_place integer, kind_place integer, event_at timestamp, is_date_only boolean, offset_minutes integer);
  create or replace temp table staged_kinds (
    place integer, event_type varchar, status_code varchar, sub_status_code varchar, status_type varchar);
  create or replace temp table staged_numbers (listed_number varchar, tracking_number varchar);
  create or replace temp table staged_misses (tracking_number varchar, polled_at timestamp, kind varchar, reason varchar);
  create or replace temp table staged_refusals (
    source varchar, place varchar, json_path varchar, expected varchar, found varchar, digest varchar);
  create or replace temp table staged_healings (place varchar, digest varchar)`;

const dropStages = `
  drop table if exists temp.staged_responses;
  drop table if exists temp.staged_events;
  drop table if exists temp.staged_kinds;
  drop table if exists temp.staged_numbers;
  drop table if exists temp.staged_misses;
  drop table if exists temp.staged_refusals;
  drop table if exists temp.staged_healings;
  drop table if exists temp.registered_numbers;
  drop table if exists temp.new_polls;
  drop table if exists temp.merged_events`;

/** An archived timeline registers its parcel, as of the earliest observation, whatever order the archive comes in. */
const registerUnknown = `
  update registry set registered_at = seen.first_observed_at
  from (
    select tracking_number, min(observed_at) as first_observed_at from staged_responses group by tracking_number
  ) as seen
  where registry.tracking_number = seen.tracking_number
    and registry.origin = 'import' and registry.registered_at > seen.first_observed_at;
  insert into registry
    (tracking_number, carrier_code, registered_at, origin, state, phase, not_found_count, failure_count)
  select
    staged.tracking_number,
    max_by(staged.carrier_code, staged.observed_at),
    min(staged.observed_at),
    'import',
    'active',
    'new',
    0,
    0
  from staged_responses as staged
  left join registry on staged.tracking_number = registry.tracking_number
  where registry.tracking_number is null
  group by staged.tracking_number`;

/**
 * The staged numbers that are registered, looked up once. The landed tables are read for those alone that have answered before: a
 * batch of parcels never seen does not read them at all, however large they have grown.
 */
const findRegistered = `
  create or replace temp table registered_numbers as
  select tracking_number, last_success_at
  from registry
  where tracking_number in (select tracking_number from staged_responses)`;

const answered = 'select tracking_number from registered_numbers where last_success_at is not null';

const findNewPolls = `
  create or replace temp table new_polls as
  with known as (
    select tracking_number, observed_at, body_hash
    from landed_polls
    where tracking_number in (${answered})
  )
  select staged.tracking_number, staged.observed_at, staged.body_hash, min(staged.place) as response_place
  from staged_responses as staged
  inner join registered_numbers as registered on staged.tracking_number = registered.tracking_number
  left join known
    on staged.tracking_number = known.tracking_number
    and staged.observed_at = known.observed_at
    and staged.body_hash = known.body_hash
  where known.tracking_number is null
  group by staged.tracking_number, staged.observed_at, staged.body_hash`;

const landPolls = `
  insert into landed_polls select tracking_number, observed_at, body_hash, $run_id from new_polls`;

/** A response's instant is that of the earliest poll that brought it, whatever order the polls come in. */
const dateResponses = `
  update landed_responses set observed_at = shown.first_shown_at
  from (
    select tracking_number, body_hash, min(observed_at) as first_shown_at
    from new_polls
    where tracking_number in (${answered})
    group by tracking_number, body_hash
  ) as shown
  where landed_responses.tracking_number = shown.tracking_number
    and landed_responses.body_hash = shown.body_hash
    and landed_responses.observed_at > shown.first_shown_at`;

const landResponses = `
  insert into landed_responses by name
  with first_shown as (
    select min_by(response_place, observed_at) as place
    from new_polls
    group by tracking_number, body_hash
  ),
  known as (
    select tracking_number, body_hash
    from landed_responses
    where tracking_number in (${answered})
  )
  select staged.* exclude (${besideColumns})
  from staged_responses as staged
  inner join first_shown on staged.place = first_shown.place
  left join known on staged.tracking_number = known.tracking_number and staged.body_hash = known.body_hash
  where known.tracking_number is null`;

/** What was seen before and what is seen now are merged by time, not by order of arrival. */
const mergeEvents = `
  create or replace temp table merged_events as
  with touched as (
    select
      polls.tracking_number,
      any_value(registered.last_success_at) as previous_poll_at,
      greatest(any_value(registered.last_success_at), max(polls.observed_at)) as newest_poll_at
    from new_polls as polls
    inner join registered_numbers as registered on polls.tracking_number = registered.tracking_number
    group by polls.tracking_number
  ),
  spans as (
    select
      polls.tracking_number, staged.event_at, staged.is_date_only, staged.offset_minutes, staged.kind_place,
      min(polls.observed_at) as first_shown_at,
      max(polls.observed_at) as last_shown_at
    from staged_events as staged
    inner join new_polls as polls on staged.response_place = polls.response_place
    group by polls.tracking_number, staged.event_at, staged.is_date_only, staged.offset_minutes, staged.kind_place
  ),
  shown as (
    select spans.*, kinds.event_type, kinds.status_code, kinds.sub_status_code, kinds.status_type
    from spans
    inner join staged_kinds as kinds on spans.kind_place = kinds.place
  ),
  known as (
    select landed.*, landed.rowid as landed_row
    from landed_events as landed
    where landed.tracking_number in (${answered})
      and landed.tracking_number in (select tracking_number from touched)
  ),
  paired as (
    select
      coalesce(known.tracking_number, shown.tracking_number) as tracking_number,
      case when known.landed_row is null then shown.event_at else known.event_at end as event_at,
      case when known.landed_row is null then shown.is_date_only else known.is_date_only end as is_date_only,
      case when known.landed_row is null then shown.offset_minutes else known.offset_minutes end as offset_minutes,
      case when known.landed_row is null then shown.event_type else known.event_type end as event_type,
      case when known.landed_row is null then shown.status_code else known.status_code end as status_code,
      case when known.landed_row is null then shown.sub_status_code else known.sub_status_code end as sub_status_code,
      case when known.landed_row is null then shown.status_type else known.status_type end as status_type,
      known.landed_row,
      known.first_seen_at as known_first_seen_at,
      known.last_seen_at as known_last_seen_at,
      shown.first_shown_at,
      shown.last_shown_at
    from known
    full join shown
      on known.tracking_number = shown.tracking_number
      and known.event_at is not distinct from shown.event_at
      and known.is_date_only = shown.is_date_only
      and known.offset_minutes is not distinct from shown.offset_minutes
      and known.event_type is not distinct from shown.event_type
      and known.status_code is not distinct from shown.status_code
      and known.sub_status_code is not distinct from shown.sub_status_code
      and known.status_type is not distinct from shown.status_type
  ),
  timed as (
    select
      paired.*,
      touched.newest_poll_at,
      least(paired.known_first_seen_at, paired.first_shown_at) as first_seen_at,
      greatest(
        case when paired.landed_row is not null then coalesce(paired.known_last_seen_at, touched.previous_poll_at) end,
        paired.last_shown_at
      ) as last_shown
    from paired
    inner join touched on paired.tracking_number = touched.tracking_number
  )
  select
    landed_row, tracking_number, event_at, is_date_only, offset_minutes, event_type, status_code, sub_status_code, status_type,
    known_first_seen_at, known_last_seen_at, first_seen_at,
    case when last_shown < newest_poll_at then last_shown end as last_seen_at
  from timed`;

const updateEvents = `
  update landed_events set first_seen_at = merged.first_seen_at, last_seen_at = merged.last_seen_at
  from merged_events as merged
  where landed_events.rowid = merged.landed_row
    and (merged.first_seen_at is distinct from merged.known_first_seen_at
      or merged.last_seen_at is distinct from merged.known_last_seen_at)`;

const insertEvents = `
  insert into landed_events by name
  select
    tracking_number, event_at, is_date_only, offset_minutes, event_type, status_code, sub_status_code, status_type,
    first_seen_at, last_seen_at
  from merged_events
  where landed_row is null
  order by tracking_number, event_at`;

const landNumbers = `
  insert into listed_numbers
  select distinct staged.listed_number, staged.tracking_number
  from staged_numbers as staged
  inner join registered_numbers as registered on staged.tracking_number = registered.tracking_number
  left join listed_numbers as known
    on staged.listed_number = known.listed_number and staged.tracking_number = known.tracking_number
  where known.tracking_number is null`;

/** The newest poll moves the cursor; an older archive does not. A parcel that answers again leaves the dead letters. */
const moveCursor = `
  update registry set
    carrier_code = case when registry.origin = 'import' then newest.carrier_code else registry.carrier_code end,
    phase = newest.phase,
    phase_since = newest.phase_since,
    last_event_at = newest.last_event_at,
    last_polled_at = greatest(registry.last_polled_at, newest.observed_at),
    last_success_at = newest.observed_at,
    last_body_hash = newest.body_hash,
    not_found_count = 0,
    failure_count = 0,
    refused_nights = 0,
    refused_at = null,
    dead_since = null,
    state = case when registry.state in ('dead', 'closed', 'abandoned') then 'active' else registry.state end,
    state_reason = null
  from (
    select
      tracking_number,
      carrier_code,
      phase,
      phase_since,
      last_event_at,
      observed_at,
      body_hash,
      row_number() over (partition by tracking_number order by observed_at desc, body_hash desc) as recency
    from staged_responses
  ) as newest
  where newest.recency = 1
    and registry.tracking_number = newest.tracking_number
    and (registry.last_success_at is null
      or newest.observed_at > registry.last_success_at
      or (newest.observed_at = registry.last_success_at and newest.body_hash > registry.last_body_hash))`;

/**
 * A parcel without an answer, and one whose answer was refused, stays as due as it was: counted as polled, it would miss its
 * confirmation. What a refusal makes of a parcel is settled when the run ends (see refusals.ts).
 */
const noteMisses = `
  update registry set
    last_polled_at = case
      when misses.kind in ('failed', 'rejected', 'refused') then registry.last_polled_at
      else greatest(registry.last_polled_at, misses.polled_at)
    end,
    not_found_count = registry.not_found_count + case when misses.kind = 'not_found' then 1 else 0 end,
    failure_count = registry.failure_count + case when misses.kind = 'failed' then 1 else 0 end,
    state = case when misses.is_end then 'dead' else registry.state end,
    state_reason = case when misses.is_end then misses.reason else registry.state_reason end,
    dead_since = case when misses.is_end then misses.polled_at else registry.dead_since end
  from (
    select
      staged.*,
      staged.kind = 'forgotten' or (staged.kind = 'not_found' and numbers.not_found_count + 1 >= 5) as is_end
    from staged_misses as staged
    inner join registry as numbers on staged.tracking_number = numbers.tracking_number
  ) as misses
  where registry.tracking_number = misses.tracking_number`;

const landRefusals = `
  insert into landed_refusals
    (run_id, refused_at, source, place, json_path, expected, found, digest)
  select distinct
    $run_id, cast($clock_at as timestamp), staged.source, staged.place, staged.json_path, staged.expected, staged.found,
    staged.digest
  from staged_refusals as staged
  left join landed_refusals as known
    on staged.source = known.source and staged.place = known.place and staged.digest = known.digest
  where known.run_id is null`;

/** What was healed and is refused again is open again. */
const reopenRefusals = `
  update landed_refusals set healed_at = null
  from staged_refusals as staged
  where landed_refusals.healed_at is not null
    and landed_refusals.source = staged.source
    and landed_refusals.place = staged.place
    and landed_refusals.digest = staged.digest`;

/** A number whose answers were refused and that answers with a timeline is healed, and so is a line that could be read later. */
const healRefusals = `
  update landed_refusals set healed_at = cast($clock_at as timestamp)
  where healed_at is null
    and (
      (source = 'api' and place in (select tracking_number from new_polls))
      or (
        source = 'import'
        and (
          place in (select place from staged_healings where place is not null)
          or digest in (select digest from staged_healings where digest is not null)
        )
      )
    )`;

const countInRun = `
  update runs set
    landed = coalesce(landed, 0) + $polls,
    refused = coalesce(refused, 0) + $refusals,
    dead_letters = coalesce(dead_letters, 0) + $dead_letters,
    requests = coalesce(requests, 0) + $requests,
    retries = coalesce(retries, 0) + $retries
  where run_id = $run_id`;

export const landingSteps = {
  createStages,
  dropStages,
  registerUnknown,
  findRegistered,
  findNewPolls,
  landPolls,
  dateResponses,
  landResponses,
  mergeEvents,
  updateEvents,
  insertEvents,
  landNumbers,
  moveCursor,
  noteMisses,
  landRefusals,
  reopenRefusals,
  healRefusals,
  countInRun,
};
