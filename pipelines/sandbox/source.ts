/** One parcel as `list` names it: enough to register it. Times are ISO 8601 in UTC. */
export interface ListedParcel {
  trackingNumber: string;
  carrierCode: string;
  announcedAt: string;
}

/**
 * Where the sandbox finds its parcels. `find` gives the body of a 200 as the API would answer at `now`, or null (a 404);
 * every number of a parcel finds it. `list` names each parcel announced by `now` once, by its first number.
 */
export interface ParcelSource {
  find(trackingNumber: string, now: Date): object | null;
  list(now: Date): Iterable<ListedParcel>;
  /**
   * The instants at which events became visible, in ms since 1970, each with a text that tells it from others; where a source lacks it,
   * the times of its events are taken.
   */
  listMoves?(trackingNumber: string): { at: number; name: string }[];
}

/** A JSON object of unknown content. */
export type Json = Record<string, unknown>;

/** Whether a value is a JSON object (not an array, not null). */
export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects in a JSON array; anything else gives none. */
export function listObjects(value: unknown): Json[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The instant that a JSON value names, in ms since 1970, or null where it names none. */
export function parseInstant(value: unknown): number | null {
  const instant = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(instant) ? null : instant;
}

/**
 * The body as it stood at `now`: events of later times are left out, everything else stays exactly as it is.
 * An event whose time cannot be read is shown, for the client to deal with.
 */
export function hideLaterEvents(body: Json, now: Date): Json {
  if (!Array.isArray(body.events)) return body;
  const shown = body.events.filter((event) => {
    const at = isObject(event) ? parseInstant(event.event_at) : null;
    return at === null || at <= now.getTime();
  });
  return shown.length === body.events.length ? body : { ...body, events: shown };
}
