import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import type { ListedParcel, ShipmentsQuery } from '../sendcloud/shipments.js';
import { DuckDBTimestampValue } from '../store/driver.js';
import { inTransaction } from '../store/warehouse.js';
import { findBeyondRetention } from './dropped.js';
import { isForgotten } from './forgotten.js';
import { settleChecks } from './trust.js';

export type PassPurpose = 'first' | 'moved' | 'since' | 'labels';

/** A pass through the list, and where it stands. */
export interface Pass {
  purpose: PassPurpose;
  startedAt: Date;
  scope: string;
  after: ShipmentsQuery['after'];
  cursor: string | null;
}

export interface LandedPage {
  pass: Pass;
  parcels: readonly ListedParcel[];
  /** The cursor of the page after it; null: the pass is complete. */
  next: string | null;
  /** Since the page before, for the run's row. */
  requests: number;
  retries: number;
}

export interface PageContext {
  runId: string;
  clock: () => Date;
  brandId: number | null;
  keepDays: number | null;
  key: Buffer;
  forgotten: ReadonlySet<string>;
}

/** Parcels by what became of them. */
export interface PageCounts {
  added: number;
  unnumbered: number;
  forgotten: number;
  tooOld: number;
}

type Numbered = ListedParcel & { trackingNumber: string };

/** The platform's own word; anything that begins like it is on the way there. */
const isCancelled = ({ statusCode }: ListedParcel) => /^CANCEL/i.test(statusCode ?? '');

function appendText(appender: DuckDBAppender, value: string | null): void {
  if (value === null) appender.appendNull();
  else appender.appendVarchar(value);
}

function appendWhole(appender: DuckDBAppender, value: bigint | number | null): void {
  if (value === null) appender.appendNull();
  else appender.appendBigInt(BigInt(value));
}

const createStages = `
  create or replace temp table staged_shipments (
    place integer, is_cancelled boolean, tracking_number varchar, carrier_code varchar, status_code varchar, created_us bigint,
    updated_us bigint, announced_us bigint, handover_us bigint, deliver_us bigint, shipping_option_code varchar, contract_id bigint,
    brand_id bigint, integration_id bigint, from_country varchar, from_postal_area varchar, to_country varchar,
    to_postal_area varchar, is_return boolean);
  create or replace temp table staged_waiting (created_us bigint, announced_us bigint);`;

// Of a number that a page shows twice, the row that was updated last.
const pickShown = `
  create or replace temp table shown_shipments as
  select * exclude (recency)
  from (
    select
      *, row_number() over (partition by tracking_number order by updated_us desc nulls last, place desc) as recency
    from staged_shipments
  ) as ranked
  where recency = 1`;

// What is known of a number already is never taken back by a page that was written earlier.
const replaceShipments = `
  update shown_shipments set updated_us = greatest(shown_shipments.updated_us, epoch_us(known.updated_at))
  from landed_shipments as known
  where shown_shipments.tracking_number = known.tracking_number;
  delete from landed_shipments where tracking_number in (select tracking_number from shown_shipments);`;

const landShipments = `
  insert into landed_shipments by name
  select
    tracking_number, cast($clock_at as timestamp) as listed_at, cast($scope as varchar) as scope, carrier_code, status_code,
    make_timestamp(created_us) as created_at, make_timestamp(updated_us) as updated_at, make_timestamp(announced_us) as announced_at,
    make_timestamp(handover_us) as handover_at, make_timestamp(deliver_us) as deliver_at, shipping_option_code, contract_id, brand_id,
    integration_id, from_country, from_postal_area, to_country, to_postal_area, is_return
  from shown_shipments`;

// Cancelled before anybody asked for it: there is nothing to ask. One that was polled is asked once more, when it moves.
const registerShown = `
  insert into registry
    (tracking_number, carrier_code, registered_at, origin, state, state_reason, phase, not_found_count, failure_count)
  select
    shown.tracking_number, coalesce(shown.carrier_code, 'unknown'), cast($clock_at as timestamp), 'known',
    case when shown.is_cancelled then 'closed' else 'active' end,
    case when shown.is_cancelled then 'cancelled' end,
    case when shown.is_cancelled then 'cancelled' else 'new' end,
    0,
    0
  from shown_shipments as shown
  left join registry on shown.tracking_number = registry.tracking_number
  where registry.tracking_number is null`;

const followCancellation = `
  update registry set
    state = case when shown.is_cancelled then 'closed' else 'active' end,
    state_reason = case when shown.is_cancelled then 'cancelled' end,
    phase = case when shown.is_cancelled then 'cancelled' else 'new' end
  from shown_shipments as shown
  where registry.tracking_number = shown.tracking_number
    and registry.last_polled_at is null
    and case when shown.is_cancelled then registry.state = 'active' else registry.state_reason = 'cancelled' end`;

// A parcel without a number is known again by when it was made.
const noteWaiting = `
  delete from unnumbered_parcels
  where epoch_us(created_at) in (select created_us from staged_shipments union all select created_us from staged_waiting);
  insert into unnumbered_parcels
  select distinct make_timestamp(created_us), make_timestamp(announced_us), cast($clock_at as timestamp) from staged_waiting`;

const movePass = `
  update list_passes set
    cursor = $cursor::varchar,
    page_count = page_count + 1,
    parcel_count = parcel_count + $parcel_count::integer,
    new_count = new_count + $new_count::integer,
    ended_at = case when $cursor::varchar is null then cast($clock_at as timestamp) end
  where ended_at is null`;

async function stage(
  connection: DuckDBConnection,
  numbered: readonly Numbered[],
  waiting: readonly ListedParcel[],
  clockUs: bigint,
): Promise<void> {
  await connection.run(createStages);
  const shipments = await connection.createAppender('staged_shipments', 'main', 'temp');
  for (const [place, parcel] of numbered.entries()) {
    shipments.appendInteger(place);
    shipments.appendBoolean(isCancelled(parcel));
    shipments.appendVarchar(parcel.trackingNumber);
    appendText(shipments, parcel.carrierCode);
    appendText(shipments, parcel.statusCode);
    for (const at of [
      parcel.createdAt,
      parcel.updatedAt,
      parcel.announcedAt,
      parcel.handoverAt,
      parcel.deliverAt,
    ])
      appendWhole(shipments, at);
    appendText(shipments, parcel.shippingOptionCode);
    for (const id of [parcel.contractId, parcel.brandId, parcel.integrationId]) appendWhole(shipments, id);
    for (const place of [parcel.fromCountry, parcel.fromPostalArea, parcel.toCountry, parcel.toPostalArea])
      appendText(shipments, place);
    if (parcel.isReturn === null) shipments.appendNull();
    else shipments.appendBoolean(parcel.isReturn);
    shipments.endRow();
  }
  shipments.closeSync();
  const unnumbered = await connection.createAppender('staged_waiting', 'main', 'temp');
  for (const { createdAt, updatedAt, announcedAt } of waiting) {
    appendWhole(unnumbered, createdAt ?? updatedAt ?? clockUs);
    appendWhole(unnumbered, announcedAt);
    unnumbered.endRow();
  }
  unnumbered.closeSync();
}

const toMs = (micros: bigint | null) => (micros === null ? null : Number(micros / 1000n));

/** Of these, the numbers that are beyond retention and not in the registry. */
async function findTooOld(
  connection: DuckDBConnection,
  parcels: readonly Numbered[],
  { key, keepDays, clock }: PageContext,
): Promise<ReadonlySet<string>> {
  const beyond = await findBeyondRetention(
    connection,
    key,
    parcels.map(({ trackingNumber, announcedAt, createdAt }) => ({
      trackingNumber,
      labelMs: toMs(announcedAt ?? createdAt),
    })),
    { days: keepDays, now: clock() },
  );
  if (beyond.size === 0) return beyond;
  const known = await connection.runAndReadAll(
    `select tracking_number from registry where tracking_number in (select unnest(from_json($1, '["varchar"]')))`,
    [JSON.stringify([...beyond])],
  );
  const kept = new Set(known.getRows().map(([number]) => String(number)));
  return new Set([...beyond].filter((number) => !kept.has(number)));
}

/**
 * Lands one page: what it shows, the numbers that are new, who waits for one, the place in the list and the run's counters, in one
 * transaction. Forgotten numbers and those beyond retention leave no trace.
 */
export async function landPage(
  connection: DuckDBConnection,
  { pass, parcels, next, requests, retries }: LandedPage,
  context: PageContext,
): Promise<PageCounts> {
  const { brandId, key, forgotten, runId } = context;
  const clockUs = BigInt(context.clock().getTime()) * 1000n;
  const ours = brandId === null ? parcels : parcels.filter((parcel) => parcel.brandId === brandId);
  const waiting = ours.filter((parcel) => parcel.trackingNumber === null && !isCancelled(parcel));
  const labelled = ours.filter((parcel): parcel is Numbered => parcel.trackingNumber !== null);
  const remembered = labelled.filter(({ trackingNumber }) => !isForgotten(forgotten, key, trackingNumber));
  const tooOld = await findTooOld(connection, remembered, context);
  const shown = remembered.filter(({ trackingNumber }) => !tooOld.has(trackingNumber));
  await stage(connection, shown, waiting, clockUs);
  const clock = { clock_at: new DuckDBTimestampValue(clockUs) };
  const added = await inTransaction(connection, async () => {
    await connection.run(pickShown);
    await connection.run(replaceShipments);
    await connection.run(landShipments, { ...clock, scope: pass.scope });
    const { rowsChanged } = await connection.run(registerShown, clock);
    await connection.run(followCancellation);
    const [forget = '', wait = ''] = noteWaiting.split(';');
    await connection.run(forget);
    await connection.run(wait, clock);
    await connection.run(movePass, {
      ...clock,
      cursor: next,
      parcel_count: parcels.length,
      new_count: rowsChanged,
    });
    await connection.run(
      `update runs set requests = coalesce(requests, 0) + $1::bigint, retries = coalesce(retries, 0) + $2::bigint where run_id = $3`,
      [requests, retries, runId],
    );
    if (next === null && (pass.purpose === 'first' || pass.purpose === 'moved'))
      await settleChecks(connection, pass.startedAt);
    return rowsChanged;
  });
  await connection.run(
    'drop table temp.staged_shipments; drop table temp.staged_waiting; drop table temp.shown_shipments',
  );
  return {
    added,
    unnumbered: waiting.length,
    forgotten: labelled.length - remembered.length,
    tooOld: tooOld.size,
  };
}
