import { describe, expect, it } from 'vitest';
import { drawExceptionsByGroup } from '../../../reports/charts/exceptions-by-group.js';
import type { Chart } from '../../../reports/drawing/chart.js';
import { contextFor, drawAll, type Group, groups, makeRows } from '../charts/fixtures.js';

type Row = Record<string, string | number>;

const width = 1072;
const [postnl, gls] = groups as [Group, Group];

function draw(all: readonly Group[]): Record<string, Chart> {
  return drawAll(makeRows(all), contextFor(width, all));
}

function titlesOf(drawn: Record<string, Chart>, names: readonly string[]): string[] {
  return names.map((name) => drawn[name]?.title ?? '');
}

const comparing = ['delivered-within', 'transit-percentiles', 'exceptions-by-group'] as const;
const subjects = [
  'Share of parcels with a first delivery attempt, by days since the first scan',
  'Transit time, from the first scan to the first delivery attempt',
  'Parcels with an exception within 14 days of the first scan, by whose it is',
];

describe('a title', () => {
  it('names the subject, however far apart carriers are raw: they may serve other lanes', () => {
    expect(titlesOf(draw(groups), comparing)).toEqual(subjects);
    const apart = [postnl, { ...gls, n: 4000, onTime: 0.2, exceptions: 0.9, medianHours: 100 }];
    expect(titlesOf(draw(apart), comparing)).toEqual(subjects);
  });

  it('of waiting labels says the cut-off, where there is one', () => {
    const rows = makeRows();
    expect(drawAll(rows, contextFor(width))['label-waiting']?.title).toBe(
      'Labels made from 15:00 on wait for the next collection: 30 h to the first scan, an hour earlier 7 h',
    );
    const none = drawAll({ ...rows, cutOffs: [] }, contextFor(width))['label-waiting'] as Chart;
    expect(none.title).toBe('How long labels wait for their first scan, by weekday and hour of the label');
    expect(JSON.stringify(none.spec)).not.toContain('cut-off');
  });

  it('of differences says those that pass the gate, in points, and no other', () => {
    const context = contextFor(width);
    const rows = makeRows();
    const said = 'On the same lanes, GLS has 7.7 points fewer parcels on time than the others';
    expect(titlesOf(drawAll(rows, context), ['like-with-like', 'funnel'])).toEqual([said, said]);
    const differences = rows.differences.map((row) => ({ ...row, is_sure: false }));
    const unsure = drawAll({ ...rows, differences }, context);
    expect(titlesOf(unsure, ['like-with-like', 'funnel'])).toEqual([
      'On time, against the other carriers on the same lanes',
      'On time, against the other carriers on the same lanes, by parcels compared',
    ]);
    expect(JSON.stringify(unsure.funnel?.spec)).not.toContain('"name":"GLS"');
    expect(JSON.stringify(drawAll(rows, context).funnel?.spec)).toContain('"name":"GLS"');
  });

  it('of first scans compares no carriers', () => {
    expect(draw(groups)['first-scan']?.title).toBe(
      '70.0 % of labels have a first scan within 24 hours, 90.0 % within 48',
    );
  });

  it('of a trend tells an alert while it is news', () => {
    const context = contextFor(width);
    const rows = makeRows();
    expect(drawAll(rows, context)['trend-rate']?.title).toBe(
      'GLS: on-time rate below its limits from the week of 5 Oct 2026 to that of 12 Oct 2026',
    );
    const closed = rows.alerts.map((alert) => ({ ...alert, is_open: false }));
    expect(drawAll({ ...rows, alerts: closed }, context)['trend-rate']?.title).toBe(
      'GLS: on-time rate, week by week',
    );
    const unsure = rows.alerts.map((alert) => ({ ...alert, isSure: false }));
    expect(drawAll({ ...rows, alerts: unsure }, context)['trend-rate']?.title).toBe(
      'GLS: on-time rate, week by week',
    );
  });
});

describe('a chart', () => {
  it('says its title in its alt text, with n and units beside', () => {
    for (const [name, chart] of Object.entries(draw(groups))) {
      expect(chart.alt.startsWith(chart.title), name).toBe(true);
      expect(`${chart.alt} ${chart.units}`, name).toMatch(/\bn \d|parcels|lanes/);
      expect(chart.units, name).not.toBe('');
      expect(chart.howToRead, name).toMatch(/\.$/);
    }
  });

  it('withholds and names groups of fewer than ten', () => {
    const drawn = draw(groups);
    for (const name of [
      'delivered-within',
      'transit-percentiles',
      'first-scan',
      'exceptions-by-group',
      'funnel',
      'like-with-like',
      'delay-waterfall',
    ]) {
      expect(drawn[name]?.withheld, name).toEqual(['Tiny']);
      expect(JSON.stringify(drawn[name]?.spec), name).not.toContain('Tiny');
    }
  });

  it('names what did not fit', () => {
    const many = Array.from({ length: 80 }, (_, index) => ({
      ...gls,
      code: `c${index}`,
      name: `Carrier ${index}`,
      n: 1000 - index,
    }));
    const drawn = draw(many);
    for (const name of [
      'delivered-within',
      'transit-percentiles',
      'exceptions-by-group',
      'delay-waterfall',
    ]) {
      expect(drawn[name]?.leftOut.length, name).toBe(68);
      expect(drawn[name]?.leftOut[0], name).toBe('Carrier 12');
    }
    expect(drawn.funnel?.leftOut).toEqual([]);
  });

  it('without rows says what would fill it', () => {
    const nothing = {
      curves: [],
      carriers: [],
      waiting: [],
      cutOffs: [],
      codes: [],
      differences: [],
      control: [],
      alerts: [],
      delay: [],
      parcelDays: [],
      ages: [],
      promise: [],
    };
    for (const [name, chart] of Object.entries(drawAll(nothing, contextFor(width, [])))) {
      expect(chart.spec, name).toBeNull();
      expect(chart.empty, name).toMatch(/[.]$/);
      expect(chart.alt, name).toBe(chart.empty);
    }
  });

  it('of one parcel, or of nulls, fails nowhere', () => {
    const one = [{ ...gls, n: 1 }];
    // these two count other things
    const drawn = Object.entries(draw(one)).filter(
      ([name]) => name !== 'label-waiting' && name !== 'open-age',
    );
    for (const [name, chart] of drawn) expect(chart.spec, name).toBeNull();
    const rows = makeRows();
    const blank = rows.carriers.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([key, value]) => [
          key,
          typeof value === 'number' && !key.endsWith('_n') ? null : value,
        ]),
      ),
    );
    expect(() =>
      drawAll({ ...rows, carriers: blank as typeof rows.carriers }, contextFor(width)),
    ).not.toThrow();
  });

  it('of weeks draws its own notes and target, and leaves out what is not judged', () => {
    const chart = draw(groups)['trend-rate'] as Chart;
    expect(chart.units).toContain('2 weeks not judged: promises were read too late');
    const { layer } = chart.spec as unknown as { layer: { name?: string; data?: { values: Row[] } }[] };
    const valuesOf = (name: string) => layer.find((each) => each.name === name)?.data?.values ?? [];
    expect(valuesOf('note').map(({ tip }) => String(tip).slice(1))).toEqual([
      '3 Aug: Summer <b>timetable</b>',
      '21 Sep: New depot',
    ]);
    expect(valuesOf('notedate').map(({ text }) => text)).toEqual(['21 Sep', '3 Aug']);
    expect(valuesOf('target').map(({ value }) => value)).toEqual([0.9]);
    expect(valuesOf('end').map(({ text }) => text)).toContain('target 90.0 %');
    expect(valuesOf('week').length).toBe(18);
    expect([...new Set(valuesOf('line').map(({ run }) => run))]).toEqual([0, 1, 2]);
  });

  it('of exception codes stands by owner, and has no bar for fewer than five parcels', () => {
    const rows = makeRows();
    const chart = drawAll(rows, contextFor(width))['exception-codes'] as Chart;
    const { layer } = chart.spec as unknown as { layer: { data?: { values: Row[] }; layer?: unknown }[] };
    const names = layer.flatMap(({ data }) => (data?.values ?? []).flatMap(({ name }) => name ?? []));
    expect(names).toEqual([
      'The carrier’s',
      'Delivery delay',
      'The recipient’s',
      'Address error',
      'Cause not given',
      'A code that nobody has seen before',
    ]);
    expect(chart.howToRead).toContain('Codes with fewer than 5 parcels have no bar: 1.');
    const rare = { ...rows, codes: rows.codes.map((row) => ({ ...row, parcels: 4 })) };
    expect(drawAll(rare, contextFor(width))['exception-codes']?.empty).toBe(
      'No code has 5 parcels yet, from which on it has a bar; 4 have fewer.',
    );
  });

  it('of exceptions says who reports none, and draws it no 0.0 %', () => {
    const { carriers } = makeRows();
    const draw = (doubts?: ReadonlyMap<string, string>) =>
      JSON.stringify(drawExceptionsByGroup(carriers, contextFor(width), doubts).spec);
    expect(draw()).not.toContain('not reported');
    const spec = draw(new Map([['gls', 'not reported']]));
    expect(spec).toContain('"name":"GLS","note":"not reported"');
    expect(spec).not.toMatch(/"key":"gls","value"/);
  });

  it('says a percentile that is not reached', () => {
    const { spec } = draw(groups)['transit-percentiles'] as Chart;
    expect(JSON.stringify(spec)).toContain('not reached (94.0 % ever attempted)');
  });
});
