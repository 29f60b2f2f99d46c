import { describe, expect, it } from 'vitest';
import { listObjects } from '../../../pipelines/sandbox/source.js';
import { at } from './harness.js';
import {
  attempts,
  dayMs,
  end,
  formatDate,
  hasCode,
  hourMs,
  median,
  onTimeRate,
  type Parcel,
  parcels,
  settled,
  share,
  source,
  transitHours,
} from './world.js';

describe('people', () => {
  it('are invented: the mail goes to example.com, and the carrier writes who signed', () => {
    const text = JSON.stringify(parcels.slice(0, 500).map(({ body }) => body));
    const hosts = [...text.matchAll(/@([a-z.]+)"/g)].map(([, host]) => host);
    expect(new Set(hosts)).toEqual(new Set(['example.com']));
    const name = String(at(parcels[0]?.body, 'to_address', 'name'));
    expect(text).toContain(`Signed for by ${name}`);
    expect(text).toMatch(/https:\/\/tracking\.example\.com\/[a-z_]+\/[A-Z0-9]+\?postal_code=/);
  });
});

describe('labels', () => {
  it('are made on all days, but fewer at weekends, and a little more every month', () => {
    const weekend = share(parcels, ({ announcedAt }) => [0, 6].includes(new Date(announcedAt).getUTCDay()));
    expect(weekend).toBeGreaterThan(0.08);
    expect(weekend).toBeLessThan(0.16);
    const middle = end.getTime() - 100 * dayMs;
    const late = share(parcels, ({ announcedAt }) => announcedAt > middle);
    expect(late).toBeGreaterThan(0.51);
    expect(late).toBeLessThan(0.56);
  });

  it('are never scanned for 2 in 100, and cancelled for about 1 in 100', () => {
    const cancelled = share(
      settled,
      (parcel) => hasCode('cancelled')(parcel) || hasCode('cancelled_upstream')(parcel),
    );
    expect(cancelled).toBeGreaterThan(0.008);
    expect(cancelled).toBeLessThan(0.019);
    const unscanned = share(settled, ({ scans }) => scans.length === 0);
    expect(unscanned - cancelled).toBeGreaterThan(0.015);
    expect(unscanned - cancelled).toBeLessThan(0.026);
  });

  it('wait over the weekend', () => {
    const waiting = (weekday: number) => {
      const made = settled.filter(
        ({ announcedAt, scans }) => scans[0] && new Date(announcedAt).getUTCDay() === weekday,
      );
      return median(made.map(({ announcedAt, scans }) => ((scans[0]?.at ?? 0) - announcedAt) / hourMs));
    };
    expect(waiting(2)).toBeLessThan(12);
    expect(waiting(6)).toBeGreaterThan(44);
  });
});

it('has no scan on a Saturday or Sunday, by the clock of the place', () => {
  const format = new Intl.DateTimeFormat('en', { weekday: 'short', timeZone: 'Europe/Amsterdam' });
  const inEurope = parcels.filter(({ lane }) => !lane.includes('US') && !lane.includes('GB'));
  const scans = inEurope.slice(0, 3000).flatMap((parcel) => parcel.scans);
  expect(scans.filter((scan) => ['Sat', 'Sun'].includes(format.format(scan.at)))).toEqual([]);
});

describe('carriers', () => {
  it('are six, one of them with a handful of parcels', () => {
    expect([...new Set(parcels.map(({ carrier }) => carrier))].sort()).toEqual([
      'dhl_express',
      'dpd',
      'gls',
      'postnl',
      'trunkrs',
      'ups',
    ]);
    const onTrial = parcels.filter(({ carrier }) => carrier === 'trunkrs').length;
    expect(onTrial).toBeLessThan(10);
    expect(onTrial).toBeGreaterThan(5);
  });

  it('dpd and gls: the same speed on each lane, and different ones as a whole', () => {
    const hoursOf = (carrier: string, lane?: string) =>
      settled
        .filter((parcel) => parcel.carrier === carrier && (lane === undefined || parcel.lane === lane))
        .map(transitHours)
        .filter((hours) => hours !== null);
    for (const lane of ['NL-NL', 'NL-BE', 'NL-DE', 'NL-FR', 'DE-DE', 'DE-FR']) {
      const [dpd, gls] = [hoursOf('dpd', lane), hoursOf('gls', lane)];
      expect(Math.min(dpd.length, gls.length)).toBeGreaterThan(80);
      for (const limit of [30, 54, 78, 102]) {
        const [one, other] = [dpd, gls].map((hours) => share(hours, (value) => value <= limit));
        const pooled = share([...dpd, ...gls], (value) => value <= limit);
        const error = Math.sqrt(pooled * (1 - pooled) * (1 / dpd.length + 1 / gls.length));
        expect(Math.abs((one ?? 0) - (other ?? 0))).toBeLessThanOrEqual(3.5 * error);
      }
    }
    expect(median(hoursOf('gls')) - median(hoursOf('dpd'))).toBeGreaterThan(10);
  });

  it('dpd and gls: on time alike on each lane, and far apart as a whole', () => {
    const rateOf = (carrier: string, lane?: string) =>
      onTimeRate(parcels.filter((parcel) => parcel.carrier === carrier && (!lane || parcel.lane === lane)));
    expect(rateOf('dpd') - rateOf('gls')).toBeGreaterThan(0.05);
    for (const lane of ['NL-NL', 'NL-BE', 'NL-DE', 'NL-FR']) {
      expect(Math.abs(rateOf('dpd', lane) - rateOf('gls', lane))).toBeLessThan(0.08);
    }
  });

  it('postnl is faster at home', () => {
    const within = (carrier: string) => {
      const home = settled.filter((parcel) => parcel.carrier === carrier && parcel.lane === 'NL-NL');
      return share(
        home.map(transitHours).filter((hours) => hours !== null),
        (hours) => hours < 26,
      );
    };
    expect(within('postnl') - within('dpd')).toBeGreaterThan(0.15);
  });

  it('postnl got slower to Belgium in the last three weeks, and nowhere else', () => {
    const rateOf = (lane: string, fromDays: number, toDays: number) =>
      onTimeRate(
        parcels.filter(
          (parcel) =>
            parcel.carrier === 'postnl' &&
            parcel.lane === lane &&
            parcel.announcedAt > end.getTime() - fromDays * dayMs &&
            parcel.announcedAt <= end.getTime() - toDays * dayMs,
        ),
      );
    expect(rateOf('NL-BE', 200, 23)).toBeGreaterThan(0.8);
    expect(rateOf('NL-BE', 21, 14)).toBeLessThan(0.45);
    expect(rateOf('NL-NL', 21, 14)).toBeGreaterThan(0.8);
  });

  it('ups shows 1 in 5 for the first time out for delivery, and promises nothing', () => {
    const first = (carrier: string) =>
      share(
        settled.filter((parcel) => parcel.carrier === carrier && parcel.scans.length > 0),
        ({ scans }) => scans[0]?.code === 'in_delivery',
      );
    expect(first('ups')).toBeGreaterThan(0.17);
    expect(first('ups')).toBeLessThan(0.23);
    expect(first('postnl')).toBeLessThan(0.01);
    const promised = (carrier: string) =>
      share(
        settled.filter((parcel) => parcel.carrier === carrier && parcel.scans.length > 0),
        ({ promise }) => typeof promise === 'string',
      );
    expect(promised('ups')).toBe(0);
    expect(promised('dpd')).toBeGreaterThan(0.85);
  });

  it('dhl_express alone stamps some deliveries with a date only', () => {
    const dateOnly = (parcel: Parcel) => parcel.events.some((event) => event.at % dayMs === 0);
    const stamped = share(
      settled.filter(({ carrier }) => carrier === 'dhl_express'),
      dateOnly,
    );
    expect(stamped).toBeGreaterThan(0.1);
    expect(settled.filter((parcel) => parcel.carrier !== 'dhl_express' && dateOnly(parcel))).toEqual([]);
  });
});

describe('promises', () => {
  it('move when they are not kept: seen late they look better than they were', () => {
    const promised = settled.filter((parcel) => parcel.promiseAtLabel && parcel.scans.length > 0);
    const keptBy = (parcel: Parcel, date: unknown) => {
      const attempt = parcel.scans.find(({ code }) => attempts.has(code));
      return attempt !== undefined && formatDate(attempt.at) <= String(date);
    };
    const original = share(promised, (parcel) => keptBy(parcel, parcel.promiseAtLabel));
    const current = share(promised, (parcel) => keptBy(parcel, parcel.promise));
    expect(original).toBeGreaterThan(0.75);
    expect(original).toBeLessThan(0.92);
    expect(current - original).toBeGreaterThan(0.06);
  });

  it('are not known to move before they have', () => {
    const moved = settled.filter(
      ({ promise, promiseAtLabel }) => promiseAtLabel && promise !== promiseAtLabel,
    );
    const late = moved.filter(({ promise, promiseAtLabel }) => String(promise) > String(promiseAtLabel));
    expect(late.length).toBeGreaterThan(500);
    for (const { number, promiseAtLabel } of late.slice(0, 200)) {
      const dueMorning = new Date(`${promiseAtLabel}T05:00:00Z`);
      expect(at(source.find(number, dueMorning), 'details', 'expected_delivery_date')).toBe(promiseAtLabel);
    }
  });
});

describe('what goes wrong', () => {
  it.each([
    ['attempted', 0.05, 0.11],
    ['pup', 0.11, 0.18],
    ['returned_sender', 0.008, 0.025],
    ['delivery_forced', 0.002, 0.008],
    ['missing', 0.003, 0.012],
    ['claimable', 0.002, 0.009],
    ['handover_delay', 0.01, 0.04],
    ['address_error', 0.005, 0.02],
    ['sorting_delay', 0.01, 0.03],
    ['customs_issue', 0.002, 0.01],
    ['hold', 0.003, 0.02],
    ['relabelled', 0.002, 0.012],
    ['refused', 0.001, 0.008],
    ['pup_expiration', 0.004, 0.015],
  ])('%s happens to a share of parcels between %d and %d', (code, low, high) => {
    const happened = share(settled, hasCode(code));
    expect(happened).toBeGreaterThan(low);
    expect(happened).toBeLessThan(high);
  });

  it('leaves most parcels delivered, some found again, a few with codes that nobody listed', () => {
    expect(share(settled, hasCode('delivered'))).toBeGreaterThan(0.91);
    const missing = settled.filter(hasCode('missing'));
    const found = share(missing, hasCode('delivered'));
    expect(found).toBeGreaterThan(0.1);
    expect(found).toBeLessThan(0.5);
    const unlisted = share(settled, (parcel) =>
      ['locker_assigned', 'depot_check', 'route_planned'].some((code) => hasCode(code)(parcel)),
    );
    expect(unlisted).toBeGreaterThan(0.001);
    expect(unlisted).toBeLessThan(0.008);
  });

  it('gives a relabelled parcel a second number, by which it is found from then on', () => {
    const relabelled = settled.filter(
      (parcel) => listObjects(at(parcel.body, 'tracking_numbers')).length === 2,
    );
    expect(relabelled.length).toBeGreaterThan(30);
    for (const { body, events } of relabelled) {
      const second = String(at(body, 'tracking_numbers', 1, 'tracking_number'));
      const relabelledAt = events.find(({ code }) => code === 'relabelled')?.at ?? 0;
      expect(source.find(second, end)).toEqual(body);
      expect(source.find(second, new Date(relabelledAt - 1))).toBeNull();
    }
  });

  it('repeats an event now and then, and promises no order', () => {
    const repeated = share(settled, ({ body }) => {
      const lines = listObjects(at(body, 'events')).map((event) =>
        JSON.stringify({ ...event, status_type: '' }),
      );
      return new Set(lines).size < lines.length;
    });
    expect(repeated).toBeGreaterThan(0.01);
    expect(repeated).toBeLessThan(0.03);
    const newestFirst = share(settled, ({ body }) => {
      const codes = listObjects(at(body, 'events')).map(({ status_code }) => status_code);
      return codes.at(-1) === 'announced';
    });
    expect(newestFirst).toBeGreaterThan(0.4);
    expect(newestFirst).toBeLessThan(0.6);
  });
});

describe('other kinds of parcels', () => {
  it.each([
    ['is_return', 0.03, 0.05],
    ['is_mail_box', 0.04, 0.07],
    ['is_to_service_point', 0.1, 0.15],
  ])('%s is true for a share between %d and %d', (detail, low, high) => {
    const found = share(parcels, ({ body }) => at(body, 'details', detail) === true);
    expect(found).toBeGreaterThan(low);
    expect(found).toBeLessThan(high);
  });

  it('some are under way at the end', () => {
    const open = parcels.filter((parcel) => parcel.scans.length > 0 && !hasCode('delivered')(parcel));
    const recent = open.filter(({ announcedAt }) => announcedAt > end.getTime() - 7 * dayMs);
    expect(recent.length).toBeGreaterThan(100);
    expect(open.length - recent.length).toBeGreaterThan(100);
  });
});
