import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { simulateParcels } from '../dist/pipelines/sandbox/simulate.js';

export const now = new Date('2026-06-30T04:00:00Z');
export const nextNight = new Date('2026-07-01T04:00:00Z');
const seed = 8;
const days = 400;
const twoHoursMs = 2 * 3600 * 1000;

const writeInstant = (ms) => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The simulated feed has 7 events a parcel; a scan between any two that are far apart makes it 10. */
function addScans(body) {
  const events = body.events.toSorted((one, other) => (one.event_at < other.event_at ? -1 : 1));
  const added = events.slice(1).flatMap((event, index) => {
    const earlier = events[index];
    const [from, to] = [Date.parse(earlier.event_at), Date.parse(event.event_at)];
    const isOnTheWay = ['accepted', 'sorted', 'in_transit'].includes(earlier.status_code);
    if (event.event_type !== 'carrier' || !isOnTheWay || to - from <= twoHoursMs) return [];
    return {
      ...earlier,
      event_at: writeInstant((from + to) / 2),
      status_code: 'in_transit',
      sub_status_code: null,
    };
  });
  return { ...body, events: [...body.events, ...added] };
}

async function writeLines(path, lines) {
  const out = createWriteStream(path);
  let bytes = 0;
  for await (const line of lines) {
    bytes += Buffer.byteLength(line) + 1;
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return bytes;
}

function* makeBodies(count) {
  const source = simulateParcels({ seed, count, now, days });
  for (const { trackingNumber } of source.list(now)) {
    const response = addScans(source.find(trackingNumber, now));
    yield JSON.stringify({ observed_at: now.toISOString(), response });
  }
}

/** Writes the responses of `count` parcels, one a line, the same every time; returns their bytes. */
export function writeBodies(path, count) {
  return writeLines(path, makeBodies(count));
}

async function* changeSome(bodies) {
  let index = 0;
  for await (const line of createInterface({ input: createReadStream(bodies) })) {
    index += 1;
    if (index % 100 !== 37) continue;
    const { response } = JSON.parse(line);
    const news = {
      event_at: '2026-06-30T18:30:00Z',
      event_type: 'carrier',
      status_code: 'in_transit',
      status_type: 'success',
    };
    response.events.push({ ...news, status_description: 'On its way', sub_status_code: null });
    yield JSON.stringify({ observed_at: nextNight.toISOString(), response });
  }
}

/** Writes what the next night would see of 1 % of the parcels: each has one event more. */
export function writeNight(path, bodies) {
  return writeLines(path, changeSome(bodies));
}
