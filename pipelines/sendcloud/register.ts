/** A parcel to register, as a row of the user's file has it. */
export interface RegisterRequest {
  trackingNumber: string;
  carrierCode: string;
  /** ISO 8601. */
  announcedAt: string;
  fromCountry: string;
  fromPostalCode: string;
  toCountry: string;
  toPostalCode: string;
  /** The API needs a contract, a shipping option or both. */
  contractId?: number | null;
  shippingOptionCode?: string | null;
  sourceId: string;
  /** Of the shipment; the parcel's where there is none. */
  shipmentSourceId?: string | null;
  orderNumber?: string | null;
  isReturn?: boolean | null;
  brandId?: number | null;
  integrationId?: number | null;
}

/**
 * The body of POST /parcels/tracking (schema parcel-tracking-create-request).
 * @throws RangeError when neither contractId nor shippingOptionCode is given.
 */
export function buildRegisterBody(request: RegisterRequest): Record<string, unknown> {
  return {
    announced_at: request.announcedAt,
    from_address: { country_code: request.fromCountry, postal_code: request.fromPostalCode },
    to_address: { country_code: request.toCountry, postal_code: request.toPostalCode },
    ship_with: buildShipWith(request),
    shipment: dropNulls({
      source_id: request.shipmentSourceId ?? request.sourceId,
      // An order needs a source_id of its own, and the parcel's is the only one that we have.
      order: request.orderNumber ? { order_number: request.orderNumber, source_id: request.sourceId } : null,
    }),
    source_id: request.sourceId,
    details: dropNulls({
      is_return: request.isReturn,
      brand_id: request.brandId,
      integration_id: request.integrationId,
    }),
    tracking_number: { carrier_code: request.carrierCode, tracking_number: request.trackingNumber },
  };
}

function buildShipWith({ contractId, shippingOptionCode }: RegisterRequest): Record<string, unknown> {
  const properties = dropNulls({ shipping_option_code: shippingOptionCode, contract_id: contractId });
  if (shippingOptionCode) return { type: 'shipping_option_code', properties };
  if (contractId === undefined || contractId === null) {
    throw new RangeError('a parcel is registered with a contract_id, a shipping_option_code or both');
  }
  return { type: 'contract', properties };
}

function dropNulls(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => value !== undefined && value !== null),
  );
}

export interface Reason {
  /** Where in the request, as `body.to_address.postal_code`; a step that is no field of the schema reads '?'. */
  loc: string;
  type: string;
}

const FIELD_NAMES = new Set(
  (
    'body path query header announced_at brand_id carrier_code city address_line_1 address_line_2 company_name ' +
    'contract contract_id country_code details email external_reference_id from_address house_number insurance ' +
    'integration_id is_return measurements name order order_number parcel_items phone_number po_box postal_code ' +
    'price properties return_price ship_with shipment shipping_option_code source_external_id source_id ' +
    'state_province_code to_address total_order_price tracking_identifier tracking_number tracking_url type'
  ).split(' '),
);
const REASON_TYPE = /^[A-Za-z0-9_.:-]{1,64}$/;
const MOST_REASONS = 20;

/**
 * The API's own reasons for a rejection: of a 422 `loc` and `type` of each detail, of a JSON:API error its code.
 * Messages quote values and are left out, as is whatever does not look like a name.
 */
export function readReasons(body: unknown): Reason[] {
  const { detail, errors } = readRecord(body);
  const entries = Array.isArray(detail) ? detail : Array.isArray(errors) ? errors : [];
  return entries.slice(0, MOST_REASONS).map((entry) => {
    const { loc, type, code } = readRecord(entry);
    const steps: unknown[] = Array.isArray(loc) ? loc.slice(0, 16) : [];
    const name = type ?? code;
    return {
      loc: steps
        .map((step) => (Number.isInteger(step) || FIELD_NAMES.has(String(step)) ? String(step) : '?'))
        .join('.'),
      type: typeof name === 'string' && REASON_TYPE.test(name) ? name : 'unknown',
    };
  });
}

function readRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
