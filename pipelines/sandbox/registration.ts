import { z } from 'zod';
import type { ValidationIssue } from './answer.js';
import { isObject, type Json } from './source.js';

const text = z.string();
const optionalText = z.string().nullish();
const address = z.strictObject({
  country_code: text.min(1),
  postal_code: text.min(1),
  address_line_1: optionalText,
  address_line_2: optionalText,
  city: optionalText,
  company_name: optionalText,
  email: optionalText,
  house_number: optionalText,
  name: optionalText,
  phone_number: optionalText,
  po_box: optionalText,
  state_province_code: optionalText,
});
const contract = {
  contract_id: z.int().min(1),
  user_shipping_method_name: optionalText,
  user_shipping_method_id: optionalText,
};
const registration = z.looseObject({
  announced_at: z.iso.datetime({ offset: true }),
  details: z
    .looseObject({
      brand_id: z.int().optional(),
      integration_id: z.int().optional(),
      is_return: z.boolean().optional(),
    })
    .optional(),
  from_address: address,
  parcel_items: z.array(z.looseObject({})).optional(),
  ship_with: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('shipping_option_code'),
      properties: z.strictObject({ ...contract, shipping_option_code: text }),
    }),
    z.strictObject({ type: z.literal('contract'), properties: z.strictObject(contract) }),
  ]),
  shipment: z.looseObject({ source_id: text, order: z.looseObject({ source_id: text }).optional() }),
  source_id: text,
  to_address: address,
  tracking_number: z.looseObject({
    carrier_code: text,
    tracking_number: text.min(1).max(255),
    tracking_identifier: text.min(1).max(255).optional(),
    tracking_url: text.min(1).optional(),
  }),
});

/** A parcel that was posted: the answer to the POST, and the body that a GET shows from then on. */
export interface Registration {
  trackingNumber: string;
  created: Json;
  timeline: Json;
}

function readPath(body: unknown, path: PropertyKey[]): unknown {
  let value = body;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)];
    else value = isObject(value) ? value[String(key)] : undefined;
  }
  return value;
}

/** One issue in the API's words: it quotes the value, as the API does. */
function writeIssue(body: unknown, issue: z.core.$ZodIssue): ValidationIssue[] {
  const path = issue.path.filter((key) => typeof key !== 'symbol');
  const loc = ['body', ...path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      loc: [...loc, key],
      msg: 'Extra inputs are not permitted',
      type: 'extra_forbidden',
    }));
  }
  const value = readPath(body, path);
  if (value === undefined) return [{ loc, msg: 'Field required', type: 'missing' }];
  const got = JSON.stringify(value);
  switch (issue.code) {
    case 'invalid_type':
      return [
        { loc, msg: `Input should be a valid ${issue.expected}, got ${got}`, type: `${issue.expected}_type` },
      ];
    case 'too_big':
      return [
        {
          loc,
          msg: `Input should have at most ${issue.maximum}, got ${got}`,
          type: `${issue.origin}_too_long`,
        },
      ];
    case 'too_small':
      return [
        {
          loc,
          msg: `Input should have at least ${issue.minimum}, got ${got}`,
          type: `${issue.origin}_too_short`,
        },
      ];
    case 'invalid_format':
      return [
        { loc, msg: `Input should be a valid ${issue.format}, got ${got}`, type: `${issue.format}_parsing` },
      ];
    default:
      return [{ loc, msg: `Input is not valid, got ${got}`, type: 'value_error' }];
  }
}

/** Reads the body of POST /parcels/tracking: a registration made at `now`, or what the API would say is wrong with it. */
export function readRegistration(body: unknown, now: Date): Registration | ValidationIssue[] {
  const read = registration.safeParse(body);
  if (!read.success) return read.error.issues.flatMap((issue) => writeIssue(body, issue));
  const {
    announced_at,
    details,
    from_address,
    parcel_items,
    ship_with,
    source_id,
    to_address,
    tracking_number,
  } = read.data;
  const created = {
    announced_at,
    created_at: now.toISOString(),
    details: { ...details, is_return: details?.is_return ?? false },
    from_address,
    parcel_items: parcel_items ?? [],
    ship_with,
    source_id,
    to_address,
    tracking_numbers: [tracking_number],
  };
  const announced = {
    event_at: new Date(announced_at).toISOString(),
    event_type: 'internal',
    status_code: 'announced',
    status_description: 'Parcel update: announced.',
    status_type: 'success',
    sub_status_code: 'none',
  };
  return {
    trackingNumber: tracking_number.tracking_number,
    created,
    timeline: { ...created, events: [announced], updated_at: created.created_at },
  };
}
