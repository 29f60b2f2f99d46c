// What an afternoon gives: fetch every parcel in a loop, INSERT what comes, three metrics, one chart.
// node naive.mjs parcels.csv out-folder   (SENDCLOUD_BASE_URL, SENDCLOUD_PUBLIC_KEY, SENDCLOUD_SECRET_KEY)
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';
import * as vega from 'vega';
import { compile } from 'vega-lite';

const [list, folder] = process.argv.slice(2);
const { SENDCLOUD_BASE_URL, SENDCLOUD_PUBLIC_KEY, SENDCLOUD_SECRET_KEY } = process.env;
const authorization = `Basic ${btoa(`${SENDCLOUD_PUBLIC_KEY}:${SENDCLOUD_SECRET_KEY}`)}`;

mkdirSync(folder, { recursive: true });
const instance = await DuckDBInstance.create(`${folder}/shipping.duckdb`);
const db = await instance.connect();
await db.run(`
  create table if not exists parcels (tracking_number varchar, carrier varchar, expected_delivery_date date);
  create table if not exists events (tracking_number varchar, event_at timestamp, event_type varchar, status_code varchar, status_type varchar)`);

const quote = (value) => (value == null ? 'null' : `'${String(value).replaceAll("'", "''")}'`);

for (const line of readFileSync(list, 'utf8').split('\n').slice(1)) {
  const [number, carrier] = line.split(',');
  if (!number) continue;
  const url = `${SENDCLOUD_BASE_URL}/parcels/tracking/${encodeURIComponent(number)}`;
  const response = await fetch(url, { headers: { authorization } });
  if (!response.ok) continue;
  const body = await response.json();
  await db.run(
    `insert into parcels values (${quote(number)}, ${quote(carrier)}, ${quote(body.details?.expected_delivery_date)})`,
  );
  const rows = body.events.map(
    (event) =>
      `(${quote(number)}, ${quote(event.event_at.replace('Z', ''))}, ${quote(event.event_type)}, ${quote(event.status_code)}, ${quote(event.status_type)})`,
  );
  if (rows.length > 0) await db.run(`insert into events values ${rows.join(', ')}`);
}

const metrics = await db.runAndReadAll(`
  with journeys as (
    select
      parcels.tracking_number,
      parcels.carrier,
      max(parcels.expected_delivery_date) as promised,
      min(event_at) filter (where status_code in ('accepted', 'sorted', 'in_transit')) as scanned_at,
      min(event_at) filter (where status_code = 'delivered') as delivered_at,
      count(*) filter (where status_type in ('error', 'warning')) as exceptions
    from parcels
    join events on parcels.tracking_number = events.tracking_number
    group by parcels.tracking_number, parcels.carrier
  )
  select
    carrier,
    median(date_diff('minute', scanned_at, delivered_at) / 60.0) as transit_p50_hours,
    avg(case when cast(delivered_at as date) <= promised then 1.0 else 0.0 end) filter (where delivered_at is not null and promised is not null) as on_time_rate,
    sum(exceptions) / cast(count(*) as double) as exception_rate
  from journeys
  group by carrier
  order by carrier`);
const rows = metrics.getRowObjectsJS();
writeFileSync(`${folder}/metrics.json`, JSON.stringify(rows));

const chart = {
  data: { values: rows },
  mark: 'bar',
  encoding: {
    x: { field: 'transit_p50_hours', type: 'quantitative' },
    y: { field: 'carrier', type: 'nominal' },
  },
};
const view = new vega.View(vega.parse(compile(chart).spec), { renderer: 'none' });
writeFileSync(`${folder}/chart.svg`, await view.toSVG());
db.closeSync();
instance.closeSync();
