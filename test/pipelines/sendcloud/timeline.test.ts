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
          eventType: 'carrier',
          statusCode: 'accepted',
          subStatusCode: 'none',
          statusType: 'success',
        },
      ],
      invalidCodeCount: 0,
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

  it.each<[string, unknown, string, string, string]>([
    ['', undefined, '$', 'object', 'missing'],
    ['announced_at', 1704067200, '$.announced_at', 'string', 'number'],
    ['updated_at', {}, '$.updated_at', 'string', 'object'],
    ['source_id', 123, '$.source_id', 'string', 'number'],
    ['details', [], '$.details', 'object', 'array'],
    ['details.is_return', 'yes', '$.details.is_return', 'boolean', 'string'],
    ['details.brand_id', '123', '$.details.brand_id', 'integer', 'string'],
    ['details.brand_id', 1.5, '$.details.brand_id', 'integer', 'number'],
    ['details.brand_id', 2 ** 60, '$.details.brand_id', 'integer', 'number'],
    ['events', {}, '$.events', 'array', 'object'],
    ['events', null, '$.events', 'array', 'null'],
    ['events', undefined, '$.events', 'array', 'missing'],
    ['events.0', null, '$.events[0]', 'object', 'null'],
    ['events.0.event_at', 1, '$.events[0].event_at', 'string', 'number'],
    ['events.0.status_code', ['x'], '$.events[0].status_code', 'string', 'array'],
    ['from_address', 'Paris', '$.from_address', 'object', 'string'],
    ['to_address.postal_code', 78500, '$.to_address.postal_code', 'string', 'number'],
    ['ship_with.properties.contract_id', true, '$.ship_with.properties.contract_id', 'integer', 'boolean'],
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
    ['tracking_numbers.0.carrier_code', null, '$.tracking_numbers[0].carrier_code', 'string', 'null'],
  ])('refuses %s = %j by path and types', (path, value, at, expected, found) => {
    expect(refuse(path === '' ? value : exampleWith({ [path]: value }))).toEqual({
      path: at,
      expected,
      found,
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
          expect(show(refuse({ events: body, SECRET: body, details: body }))).not.toContain('SECRET');
        },
      ),
    );
  });

  it('passes over later tracking numbers that are not usable', () => {
    const more = [{}, { tracking_number: 'B\u0000' }, { carrier_code: 'x y', tracking_number: 'B2' }];
    const { trackingNumbers, invalidCodeCount } = read(
      exampleWith({ tracking_numbers: [...EXAMPLE.tracking_numbers, ...EXAMPLE.tracking_numbers, ...more] }),
    );
    expect(trackingNumbers).toEqual([
      { carrierCode: 'postnl', trackingNumber: '123456789' },
      { carrierCode: 'invalid_code', trackingNumber: 'B2' },
    ]);
    expect(invalidCodeCount).toBe(1);
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
      event_at: fc.constantFrom('2024-01-02T00:00:00Z', '2024-01-02 01:00:00+01:00', '2024-02-30', null),
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
  });
});
