import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTimeline, type Timeline } from '../../../pipelines/sendcloud/timeline.js';
import { EXAMPLE, exampleWith } from './example.js';

function read(body: unknown, keepSourceId = false): Timeline {
  const result = readTimeline(body, { keepSourceId });
  if (!result.ok) throw new Error(JSON.stringify(result.refusal));
  return result.timeline;
}

function refuse(body: unknown) {
  const result = readTimeline(body, { keepSourceId: false });
  return result.ok ? 'accepted' : result.refusal;
}

const show = (value: unknown) =>
  JSON.stringify(value, (_key, item) => (typeof item === 'bigint' ? String(item) : item));

describe('readTimeline', () => {
  it('keeps the allow-list of the example and nothing else', () => {
    const { bodyHash, ...timeline } = read(EXAMPLE);
    expect(bodyHash).toBeGreaterThan(0n);
    expect(bodyHash).toBeLessThan(2n ** 64n);
    expect(timeline).toEqual({
      announcedAt: 1_704_067_200_000_000n,
      announcedIsDateOnly: true,
      createdAt: 1_704_067_200_000_000n,
      trackingNumbers: [{ carrierCode: 'postnl', trackingNumber: '123456789' }],
      fromCountry: 'IT',
      fromPostalArea: '78',
      toCountry: 'IT',
      toPostalArea: '78',
      isReturn: false,
      isMailBox: false,
      isToServicePoint: false,
      expectedDeliveryDate: '2024-01-03',
      brandId: 123,
      integrationId: 456,
      shipWithType: 'shipping_option_code',
      shippingOptionCode: 'postnl:standard',
      contractId: 517,
      sourceId: null,
      events: [
        {
          eventAt: 1_704_153_600_000_000n,
          isDateOnly: true,
          dateOffsetMinutes: null,
          eventType: 'carrier',
          statusCode: 'accepted',
          subStatusCode: 'none',
          statusType: 'success',
        },
      ],
      invalidCodeCount: 0,
      unusualCodeCount: 0,
      unreadableFieldCount: 0,
      unreadableFields: [],
      unknownFieldCount: 0,
    });
    expect(read(EXAMPLE, true).sourceId).toBe('123');
  });

  it('lets no canary through but those in fields of the allow-list', () => {
    const allowed = new Set([
      ...['details.brand_id', 'details.integration_id', 'ship_with.properties.contract_id'],
      ...['ship_with.type', 'ship_with.properties.shipping_option_code'],
      ...['tracking_numbers.0.carrier_code', 'tracking_numbers.0.tracking_number'],
      ...['event_type', 'status_code', 'status_type', 'sub_status_code'].map((name) => `events.0.${name}`),
    ]);
    const planted: { path: string; canary: string; value: unknown }[] = [];
    const plant = (node: unknown, path: string): void => {
      if (typeof node === 'object' && node !== null) {
        for (const [name, child] of Object.entries(node)) plant(child, path ? `${path}.${name}` : name);
      } else if (typeof node !== 'boolean') {
        const number = 7_000_001 + planted.length;
        const isNumber = typeof node === 'number';
        planted.push({ path, canary: String(number), value: isNumber ? number : `canary-${number}` });
      }
    };
    plant(exampleWith({ 'details.unknown': 'x', 'events.0.parent_status': 'x', parent_status: 'x' }), '');
    expect(planted.length).toBeGreaterThan(50);
    const body = exampleWith(Object.fromEntries(planted.map(({ path, value }) => [path, value])));
    const kept = show(read(body));
    const seen = planted.filter(({ canary }) => kept.includes(canary)).map(({ path }) => path);
    expect(new Set(seen)).toEqual(allowed);
    expect(read(body).unknownFieldCount).toBe(3);

    const source = planted.find(({ path }) => path === 'source_id');
    expect(show(read(body, true))).toContain(source?.canary);
  });

  it('does without everything but events and a tracking number', () => {
    const bare = { events: [{}], tracking_numbers: [{ carrier_code: 'dhl', tracking_number: 'A1' }] };
    expect(read(bare)).toMatchObject({
      ...{ announcedAt: null, createdAt: null, fromCountry: null, toPostalArea: null, isReturn: null },
      ...{ expectedDeliveryDate: null, brandId: null, shipWithType: null, contractId: null, sourceId: null },
      events: [{ eventAt: null, eventType: null, statusCode: null, subStatusCode: null, statusType: null }],
    });
    const nothing = [
      'announced_at',
      'created_at',
      'updated_at',
      'details',
      'source_id',
      'from_address',
      'to_address',
    ];
    const nulls = { ...bare, ship_with: null, ...Object.fromEntries(nothing.map((name) => [name, null])) };
    expect(read(nulls).bodyHash).toBe(read(bare).bodyHash);
    expect(read({ ...bare, events: [] }).events).toEqual([]);
  });

  it.each<[string, unknown, string, Partial<Timeline>]>([
    ['announced_at', 1704067200, 'announced_at', { announcedAt: null }],
    ['announced_at', 'some day', 'announced_at', { announcedAt: null }],
    ['created_at', '02/01/2024', 'created_at', { createdAt: null }],
    ['details', [], 'details', { isReturn: null, brandId: null }],
    ['details.is_return', 'false', 'details.is_return', { isReturn: null }],
    ['details.is_mail_box', 0, 'details.is_mail_box', { isMailBox: null }],
    [
      'details.expected_delivery_date',
      '05/09/2026',
      'details.expected_delivery_date',
      { expectedDeliveryDate: null },
    ],
    ['details.brand_id', '123', 'details.brand_id', { brandId: null }],
    ['details.brand_id', 1.5, 'details.brand_id', { brandId: null }],
    ['details.brand_id', 2 ** 60, 'details.brand_id', { brandId: null }],
    ['events', {}, 'events', { events: [] }],
    ['events', null, 'events', { events: [] }],
    ['events', undefined, 'events', { events: [] }],
    ['events.0', null, 'events', { events: [] }],
    ['from_address', 'Paris', 'from_address', { fromCountry: null, fromPostalArea: null }],
    ['to_address.postal_code', 78500, 'to_address.postal_code', { toPostalArea: null }],
    ['to_address.country_code', ['NL'], 'to_address.country_code', { toCountry: null }],
    ['ship_with', 'x', 'ship_with', { shipWithType: null, contractId: null }],
    ['ship_with.properties.contract_id', true, 'ship_with.properties.contract_id', { contractId: null }],
    [
      'tracking_numbers.0.carrier_code',
      7,
      'tracking_numbers.carrier_code',
      { trackingNumbers: [{ carrierCode: 'unknown', trackingNumber: '123456789' }] },
    ],
  ])('counts %s = %j as missing, and keeps the rest', (path, value, noted, expected) => {
    const timeline = read(exampleWith({ [path]: value }));
    expect(timeline).toMatchObject({ ...expected, unreadableFieldCount: 1, unreadableFields: [noted] });
    expect(timeline.bodyHash).not.toBe(read(EXAMPLE).bodyHash);
  });

  it('counts a field of an event as missing, and keeps the event', () => {
    const one = read(exampleWith({ 'events.0.event_at': 1 }));
    expect(one.events).toMatchObject([{ eventAt: null, isDateOnly: false, statusCode: 'accepted' }]);
    expect(read(exampleWith({ 'events.0.status_code': ['x'] })).events).toMatchObject([{ statusCode: null }]);
    const event = { event_at: 'soon', status_code: 'sorted' };
    expect(read(exampleWith({ events: [event, { ...event, status_code: 'accepted' }] }))).toMatchObject({
      unreadableFieldCount: 2,
      unreadableFields: ['events.event_at'],
    });
  });

  it('asks nothing of fields that are not kept, and takes a blank date for none', () => {
    for (const path of ['updated_at', 'source_id', 'parcel_items', 'events.0.status_description'])
      expect(read(exampleWith({ [path]: { odd: 1 } })).unreadableFieldCount, path).toBe(0);
    expect(read(exampleWith({ source_id: 7 }), true)).toMatchObject({
      sourceId: null,
      unreadableFields: ['source_id'],
    });
    expect(
      read(exampleWith({ 'details.expected_delivery_date': ' ', 'events.0.event_at': '' })),
    ).toMatchObject({
      expectedDeliveryDate: null,
      unreadableFieldCount: 0,
    });
  });

  it('counts every field as missing that is of another type, wherever it stands: none costs the parcel', () => {
    const kinds = fc.constantFrom<unknown>(7, 'SECRET', true, [], {}, [['SECRET']], null, undefined);
    const paths = [
      ...[
        'announced_at',
        'created_at',
        'details',
        'events',
        'from_address',
        'to_address',
        'ship_with',
        'source_id',
      ],
      ...[
        'details.is_return',
        'details.brand_id',
        'details.expected_delivery_date',
        'events.0',
        'events.0.event_at',
      ],
      ...[
        'events.0.status_code',
        'ship_with.properties',
        'ship_with.type',
        'tracking_numbers.0.carrier_code',
      ],
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...paths), kinds, { maxKeys: 4 }), (changes) => {
        const ordered = Object.fromEntries(Object.entries(changes).sort(([a], [b]) => (a < b ? 1 : -1)));
        expect(read(exampleWith(ordered)).trackingNumbers[0]?.trackingNumber).toBe('123456789');
      }),
    );
  });

  it.each<[string, unknown, string, string, string]>([
    ['', undefined, '$', 'object', 'missing'],
    ['', [], '$', 'object', 'array'],
    ['', { data: EXAMPLE }, '$.tracking_numbers', 'array', 'missing'],
    ['', { detail: 'Tracking Information Not Found' }, '$.tracking_numbers', 'array', 'missing'],
    ['tracking_numbers', [], '$.tracking_numbers', 'array with at least one entry', 'empty array'],
    ['tracking_numbers', undefined, '$.tracking_numbers', 'array', 'missing'],
    [
      'tracking_numbers.0.tracking_number',
      undefined,
      '$.tracking_numbers[0].tracking_number',
      'string',
      'missing',
    ],
    ['tracking_numbers.0.tracking_number', null, '$.tracking_numbers[0].tracking_number', 'string', 'null'],
    [
      'tracking_numbers.0.tracking_number',
      2 ** 60,
      '$.tracking_numbers[0].tracking_number',
      'string',
      'number',
    ],
  ])('refuses %s = %j by path and types', (path, value, at, expected, found) => {
    expect(refuse(path === '' ? value : exampleWith({ [path]: value }))).toEqual({
      path: at,
      expected,
      found,
    });
  });

  it('takes the number that was asked for where the answer has no usable one', () => {
    for (const number of [undefined, null, 2 ** 60, 'a\nb']) {
      const body = exampleWith({ 'tracking_numbers.0.tracking_number': number });
      const result = readTimeline(body, { keepSourceId: false, asked: 'ASKED1' });
      expect(result.ok && result.timeline.trackingNumbers).toEqual([
        { carrierCode: 'postnl', trackingNumber: 'ASKED1' },
      ]);
    }
    // Digits that a double holds are the number, as a text would be.
    expect(read(exampleWith({ 'tracking_numbers.0.tracking_number': 123456789 }))).toMatchObject({
      trackingNumbers: [{ carrierCode: 'postnl', trackingNumber: '123456789' }],
      unreadableFieldCount: 1,
    });
  });

  it.each(['', 'x'.repeat(256), 'a\nb', 'a\u0085b'])('refuses the tracking number %j', (trackingNumber) => {
    expect(refuse(exampleWith({ 'tracking_numbers.0.tracking_number': trackingNumber }))).toMatchObject({
      path: '$.tracking_numbers[0].tracking_number',
      found: 'string',
    });
  });

  it('refuses without a word of the content, whatever the body is', () => {
    fc.assert(
      fc.property(
        fc.anything({ values: [fc.constant('SECRET'), fc.integer(), fc.constant(null)] }),
        (body) => {
          const refused = show(refuse({ events: body, SECRET: body, details: body }));
          expect(refused).toContain('$.tracking_numbers');
          expect(refused).not.toContain('SECRET');
        },
      ),
    );
  });

  it('passes over later tracking numbers that are not usable', () => {
    const more = [{}, { tracking_number: 'B\u0000' }, { carrier_code: 'x y', tracking_number: 'B2' }];
    const { trackingNumbers, unusualCodeCount, invalidCodeCount } = read(
      exampleWith({ tracking_numbers: [...EXAMPLE.tracking_numbers, ...EXAMPLE.tracking_numbers, ...more] }),
    );
    expect(trackingNumbers).toEqual([
      { carrierCode: 'postnl', trackingNumber: '123456789' },
      { carrierCode: 'x_y', trackingNumber: 'B2' },
    ]);
    expect([unusualCodeCount, invalidCodeCount]).toEqual([1, 0]);
  });

  it.each([
    ['Air Charter', 'air_charter', 1, 0],
    ['DPD', 'dpd', 1, 0],
    [' dpd ', 'dpd', 1, 0],
    ['sendcloud:unstamped/letter=1.0-a', 'sendcloud:unstamped/letter=1.0-a', 0, 0],
    ['Größe 5', 'gr__e_5', 1, 0],
    ['', 'unknown', 0, 0],
    ['   ', 'unknown', 0, 0],
    [null, 'unknown', 0, 0],
    [undefined, 'unknown', 0, 0],
    ['x'.repeat(65), 'invalid_code', 0, 1],
  ])(
    'makes of the carrier %j the slug %s, and counts where that changed it',
    (code, slug, unusual, invalid) => {
      const timeline = read(exampleWith({ 'tracking_numbers.0.carrier_code': code }));
      expect(timeline.trackingNumbers[0]?.carrierCode).toBe(slug);
      expect([timeline.unusualCodeCount, timeline.invalidCodeCount]).toEqual([unusual, invalid]);
      const option = read(exampleWith({ 'ship_with.properties.shipping_option_code': code }));
      expect(option.shippingOptionCode).toBe(slug === 'unknown' ? null : slug);
      expect(option.unusualCodeCount).toBe(unusual);
    },
  );

  it('keeps two carriers apart that differ in more than their slug', () => {
    const codes = ['Air Charter', 'Sea Freight', 'air charter', 'AIR_CHARTER'];
    const slugs = codes.map(
      (code) =>
        read(exampleWith({ 'tracking_numbers.0.carrier_code': code })).trackingNumbers[0]?.carrierCode,
    );
    expect(slugs).toEqual(['air_charter', 'sea_freight', 'air_charter', 'air_charter']);
  });

  it('marks and counts codes that do not look like codes, and keeps the case of the others', () => {
    const timeline = read(
      exampleWith({
        'events.0.status_code': 'signed by J. Doe',
        'events.0.sub_status_code': '',
        'events.0.event_type': 'Carrier',
        'ship_with.properties.shipping_option_code': 'postnl:standard/insured=3000',
        'from_address.country_code': 'nl',
        'to_address.country_code': 'NLD',
        'to_address.postal_code': '  SW1A 1AA',
      }),
    );
    expect(timeline.events[0]).toMatchObject({
      statusCode: 'invalid_code',
      subStatusCode: 'invalid_code',
      eventType: 'Carrier',
    });
    expect(timeline).toMatchObject({
      shippingOptionCode: 'postnl:standard/insured=3000',
      ...{ fromCountry: 'NL', toCountry: null, toPostalArea: 'SW', invalidCodeCount: 3 },
    });
  });

  it('hashes what is kept: order, repeats and the rest of the body do not matter', () => {
    const event = fc.record({
      event_at: fc.constantFrom('2024-01-02T00:00:00Z', '2024-01-02 01:00:00+01:00', '2024-01-02', null),
      status_code: fc.constantFrom('sorted', 'in_transit', null),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.infiniteStream(fc.nat()), (events, random) => {
        const shuffled = [...events, ...events.slice(0, 2)].sort(() => ((random.next().value ?? 0) % 3) - 1);
        const noise = shuffled.map((entry) => ({ ...entry, status_description: 'x', other: 1 }));
        const one = read(exampleWith({ events }));
        const other = read(
          exampleWith({ events: noise, updated_at: null, 'to_address.name': 'y', source_id: 'z' }),
        );
        expect(other.bodyHash).toBe(one.bodyHash);
        expect(other.events).toEqual(one.events);
      }),
    );
    const hash = read(EXAMPLE).bodyHash;
    for (const path of [
      'details.is_return',
      'events.0.status_type',
      'announced_at',
      'to_address.postal_code',
    ]) {
      expect(read(exampleWith({ [path]: null })).bodyHash, path).not.toBe(hash);
    }
    expect(read(EXAMPLE, true).bodyHash).not.toBe(hash);
    // As the first version had it: an archive that landed then is not landed again.
    expect(hash).toBe(1896498054145588482n);
  });
});
