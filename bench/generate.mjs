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

/** Writes the same responses to a stream that is open, such as the standard output; they are kept nowhere. */
export async function streamBodies(out, count) {
  for (const line of makeBodies(count)) if (!out.write(`${line}\n`)) await once(out, 'drain');
}

const dayMs = 24 * 3600 * 1000;
const youngDays = 21;

/** An event of the evening after, as the feed has it. */
const makeNews = (statusCode) => ({
  event_at: '2026-06-30T18:30:00Z',
  event_type: 'carrier',
  status_code: statusCode,
  status_type: 'success',
  status_description: 'On its way',
  sub_status_code: null,
});

const isUnderWay = ({ announced_at: announcedAt, events }) =>
  now.getTime() - Date.parse(announcedAt) < youngDays * dayMs &&
  !events.some(({ status_code: code }) => code === 'delivered' || code === 'returned_sender');

/**
 * What moves from one night to the next is mostly young: of the parcels under way for less than three weeks all but every sixth, the
 * most of them to their delivery, and of all others one in 1,500. Together about 1 %.
 */
async function* changeSome(bodies) {
  let underWay = 0;
  let others = 0;
  for await (const line of createInterface({ input: createReadStream(bodies) })) {
    const { response } = JSON.parse(line);
    if (isUnderWay(response)) {
      underWay += 1;
      if (underWay % 6 === 0) continue;
      response.events.push(makeNews(underWay % 3 === 0 ? 'in_transit' : 'delivered'));
    } else {
      others += 1;
      if (others % 1500 !== 37) continue;
      response.events.push(makeNews('in_transit'));
    }
    yield JSON.stringify({ observed_at: nextNight.toISOString(), response });
  }
}

/** Writes what the next night would see of about 1 % of the parcels: each has one event more. */
export function writeNight(path, bodies) {
  return writeLines(path, changeSome(bodies));
}
