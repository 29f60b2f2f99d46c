import { millisecondsInDay } from 'date-fns/constants';
import { type Answer, refuse } from './answer.js';
import {
  isObject,
  type Json,
  type ListedParcel,
  listObjects,
  type ParcelSource,
  parseInstant,
} from './source.js';

export interface ShipmentsOptions {
  /** What moves a parcel's updated_at: each event, two events of three, or the label alone. */
  updatedAt: 'events' | 'some' | 'label';
  /** Rows come twice, and some a page later than they should. */
  movesPages?: boolean;
  /** The links lead to another host. */
  linksElsewhere?: boolean;
}

interface Row {
  parcel: ListedParcel;
  announcedMs: number;
  updatedMs: number;
  /** Made, and not labelled yet. */
  isDraft: boolean;
}

/** How long before its label a parcel is made. */
const draftMs = 2 * 3_600_000;
const farFuture = new Date('2200-01-01T00:00:00Z');
const write = (instant: number) => new Date(instant).toISOString().replace('Z', '864Z');

/** A number between 0 and 2^32 that follows from a text. */
function mix(text: string): number {
  let value = 2166136261;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 16777619) >>> 0;
  return value;
}

/** A filter's instant; undefined where it is not given, null where it is none. */
function readFilter(query: URLSearchParams, name: string): number | null | undefined {
  const text = query.get(name);
  return text === null ? undefined : parseInstant(text);
}

function nameStatus(events: readonly Json[], isDraft: boolean): string {
  if (isDraft) return 'NO_LABEL';
  const codes = new Set(events.map((event) => event.status_code));
  if (codes.has('delivered')) return 'DELIVERED';
  const isCancelled = codes.has('cancelled') || codes.has('cancelled_upstream');
  if (isCancelled && !codes.has('accepted')) return 'CANCELLED';
  return codes.has('accepted') ? 'EN_ROUTE_TO_SORTING_CENTER' : 'READY_TO_SEND';
}

/** A shipment of one parcel, with all that a real one says of people. */
function writeShipment({ parcel, announcedMs, updatedMs, isDraft }: Row, body: Json): Json {
  const number = parcel.trackingNumber;
  const details = isObject(body.details) ? body.details : {};
  const events = listObjects(body.events);
  const hasHandover = mix(number) % 2 === 0;
  const handoverMs =
    Math.ceil((announcedMs + 3_600_000) / millisecondsInDay) * millisecondsInDay - 8 * 3_600_000;
  return {
    id: `shipment-${mix(number)}`,
    order_number: `order-number-${mix(number)}`,
    external_reference_id: `reference-${number}`,
    total_order_price: { currency: 'EUR', value: '23.45' },
    brand_id: details.brand_id ?? null,
    carrier: { code: parcel.carrierCode, name: parcel.carrierCode },
    ...(hasHandover ? { delivery_dates: { handover_at: write(handoverMs), deliver_at: null } } : {}),
    from_address: body.from_address ?? null,
    to_address: body.to_address ?? null,
    is_return: details.is_return ?? null,
    ship_with: body.ship_with ?? null,
    parcels: [
      {
        id: mix(number),
        status: { code: nameStatus(events, isDraft), message: `Message about ${number}` },
        tracking_number: isDraft ? '' : number,
        tracking_url: isDraft ? null : `https://tracking.example.com/${number}?postal_code=sandbox`,
        label_notes: ['Ring at the sandbox door'],
        parcel_items: body.parcel_items ?? [],
        created_at: write(announcedMs - draftMs),
        updated_at: write(updatedMs),
        announced_at: isDraft ? null : write(announcedMs),
      },
    ],
  };
}

/** The list of the account's own shipments: all parcels of the source, and those whose labels are about to be made. */
export function createShipments(source: ParcelSource, options: ShipmentsOptions) {
  const moves = new Map<string, number[]>();

  const findEvents = (trackingNumber: string): { at: number; name: string }[] => {
    if (source.listMoves !== undefined) return source.listMoves(trackingNumber);
    const body = source.find(trackingNumber, farFuture);
    return listObjects(isObject(body) ? body.events : []).flatMap(({ event_at: time, status_code: code }) => {
      const at = parseInstant(time);
      return at === null ? [] : [{ at, name: String(code) }];
    });
  };

  /** The instants at which a parcel's updated_at moves, in order. */
  const findMoves = ({ trackingNumber, announcedAt }: ListedParcel): number[] => {
    const known = moves.get(trackingNumber);
    if (known !== undefined) return known;
    const label = parseInstant(announcedAt) ?? 0;
    const all = options.updatedAt === 'label' ? [] : findEvents(trackingNumber);
    const isShown = ({ at, name }: { at: number; name: string }) =>
      options.updatedAt === 'events' || mix(`${trackingNumber} ${at} ${name}`) % 3 !== 0;
    const instants = all.filter(isShown).map(({ at }) => at);
    const found = [label, ...instants].sort((one, other) => one - other);
    moves.set(trackingNumber, found);
    return found;
  };

  function listRows(query: URLSearchParams, now: Date): Row[] | string {
    const [updatedAfter, updatedBefore, announcedAfter, announcedBefore] = [
      'updated_after',
      'updated_before',
      'announced_after',
      'announced_before',
    ].map((name) => readFilter(query, name));
    for (const [name, value] of Object.entries({
      updatedAfter,
      updatedBefore,
      announcedAfter,
      announcedBefore,
    })) {
      if (value === null) return name.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`);
    }
    const integration = query.get('integration_id');
    const isWithin = (value: number, after?: number | null, before?: number | null) =>
      value > (after ?? Number.NEGATIVE_INFINITY) && value < (before ?? Number.POSITIVE_INFINITY);
    const rows: Row[] = [];
    for (const parcel of source.list(new Date(now.getTime() + draftMs))) {
      const announcedMs = parseInstant(parcel.announcedAt) ?? 0;
      const isDraft = announcedMs > now.getTime();
      if (isDraft && (announcedAfter !== undefined || announcedBefore !== undefined)) continue;
      const updatedMs = isDraft
        ? announcedMs - draftMs
        : (findMoves(parcel).findLast((at) => at <= now.getTime()) ?? announcedMs);
      if (!isWithin(updatedMs, updatedAfter, updatedBefore)) continue;
      if (!isWithin(announcedMs, announcedAfter, announcedBefore)) continue;
      const row = { parcel, announcedMs, updatedMs, isDraft };
      if (integration !== null && readIntegration(row) !== integration) continue;
      rows.push(row);
    }
    return rows;
  }

  // The pages of one list, while the clock stands still.
  let listed = { key: '', rows: [] as Row[] };
  const listOnce = (query: URLSearchParams, now: Date): Row[] | string => {
    const filters = [...query].filter(([name]) => name !== 'cursor' && name !== 'page_size');
    const key = `${now.getTime()} ${new URLSearchParams(filters)}`;
    if (listed.key === key) return listed.rows;
    const rows = listRows(query, now);
    if (typeof rows !== 'string') listed = { key, rows };
    return rows;
  };

  const readBody = ({ parcel, announcedMs, isDraft }: Row, now: Date): Json => {
    const body = source.find(parcel.trackingNumber, isDraft ? new Date(announcedMs) : now);
    return isObject(body) ? body : {};
  };
  const readIntegration = (row: Row): string => {
    const { details } = readBody(row, new Date(row.announcedMs));
    return isObject(details) ? String(details.integration_id) : '';
  };

  /** Where page `place` begins to repeat or lack rows while others change. */
  const stir = (rows: readonly Row[], from: number, size: number): Row[] => {
    const page = rows.slice(from, from + size);
    if (!options.movesPages) return page;
    const isLast = from + size >= rows.length;
    // The first row of each page but the last has moved to the end; the last row of the page before comes again.
    const moved = isLast ? rows.filter((_, index) => index % size === 0 && index < from) : [];
    const again = from > 0 ? rows.slice(from - 1, from) : [];
    return [...again, ...(isLast ? page : page.slice(1)), ...moved];
  };

  return {
    answer(query: URLSearchParams, now: Date, origin: string): Answer {
      const size = Number(query.get('page_size') ?? 40);
      if (!Number.isInteger(size) || size < 1 || size > 100)
        return refuse(400, 'validation_error', 'Validation failed, page_size is not between 1 and 100');
      const rows = listOnce(query, now);
      if (typeof rows === 'string')
        return refuse(400, 'validation_error', `Validation failed, ${rows} is not a datetime`);
      const cursor = query.get('cursor');
      const [, digits] = /^p=(\d+)$/.exec(Buffer.from(cursor ?? 'cD0w', 'base64').toString('utf8')) ?? [];
      if (digits === undefined) return refuse(404, 'not_found', 'Invalid cursor');
      const from = Number(digits);
      const data = stir(rows, from, size).map((row) => writeShipment(row, readBody(row, now)));
      const to = from + size;
      if (to >= rows.length) return { status: 200, body: { data } };
      const base = options.linksElsewhere ? 'https://elsewhere.example' : origin;
      const next = new URLSearchParams({ cursor: Buffer.from(`p=${to}`).toString('base64') });
      return {
        status: 200,
        body: { data },
        headers: { link: `<${base}/v3/shipments/?${next}>; rel="next"` },
      };
    },
  };
}
