import { AllowedReader, readNumber } from './allow-list.js';
import { parseTimestamp } from './timestamps.js';
import { isObject, nameType, type Refusal } from './wire.js';

/** Which of the account's shipments are asked for. */
export interface ShipmentsQuery {
  /** The filter that bounds them, and its instant. */
  after: { by: 'updated_after' | 'announced_after'; at: Date };
  integrationId: number | null;
  /** As the page before gave it; null: the first page. */
  cursor: string | null;
}

/** All that is kept of a parcel of the list. Instants are microseconds since epoch, UTC. */
export interface ListedParcel {
  /** Null before the label. */
  trackingNumber: string | null;
  carrierCode: string | null;
  /** Upper case, as the platform has it: another vocabulary than that of the events. */
  statusCode: string | null;
  createdAt: bigint | null;
  /** Last updated in the platform: whether each event moves it is not said. */
  updatedAt: bigint | null;
  announcedAt: bigint | null;
  /** When the merchant plans to hand the parcel to the carrier, and when it should arrive. */
  handoverAt: bigint | null;
  deliverAt: bigint | null;
  shippingOptionCode: string | null;
  contractId: number | null;
  brandId: number | null;
  integrationId: number | null;
  fromCountry: string | null;
  fromPostalArea: string | null;
  toCountry: string | null;
  toPostalArea: string | null;
  isReturn: boolean | null;
}

export interface ShipmentsPage {
  parcels: ListedParcel[];
  /** Paths of fields of another type; they count as missing. */
  unreadableFields: string[];
}

export type ReadShipmentsResult = { ok: true; page: ShipmentsPage } | { ok: false; refusal: Refusal };

/** The most that a page may have. */
export const PAGE_SIZE = 100;
const longestCursor = 2048;

/** The query string of GET /shipments. */
export function writeShipmentsQuery({ after, integrationId, cursor }: ShipmentsQuery): string {
  const query = new URLSearchParams({ page_size: String(PAGE_SIZE), [after.by]: after.at.toISOString() });
  if (integrationId !== null) query.set('integration_id', String(integrationId));
  if (cursor !== null) query.set('cursor', cursor);
  return query.toString();
}

const link = /<([^>]*)>((?:\s*;\s*[\w*-]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]*))?)*)/g;
const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))/i;

/**
 * The cursor of the next page, out of a Link header (RFC 8288): null on the last page. Nothing else is taken of the link: it may name
 * another path or host, and lacks the filters.
 * @returns undefined where there is a next page and no cursor that can be asked with.
 */
export function readNextCursor(header: string | null): string | null | undefined {
  for (const [, target = '', parameters = ''] of (header ?? '').matchAll(link)) {
    const [, quoted, bare] = relation.exec(parameters) ?? [];
    const relations = (quoted ?? bare ?? '').toLowerCase().split(/\s+/);
    if (!relations.includes('next')) continue;
    const url = URL.canParse(target, 'https://base.invalid') ? new URL(target, 'https://base.invalid') : null;
    const cursor = url?.searchParams.get('cursor') ?? '';
    return cursor === '' || cursor.length > longestCursor ? undefined : cursor;
  }
  return null;
}

/**
 * Cuts a page of the list down to the allow-list. Lenient by field, as with timelines; a body without a list is refused, by path and
 * types.
 */
export function readShipments(body: unknown): ReadShipmentsResult {
  if (!isObject(body)) return refuse('$', 'object', body);
  if (!Array.isArray(body.data)) return refuse('$.data', 'array', body.data);
  const fields = new AllowedReader();
  const parcels: ListedParcel[] = [];
  for (const value of body.data as unknown[]) {
    const shipment = fields.object(value, 'data');
    const shipWith = fields.object(shipment.ship_with, 'data.ship_with');
    const properties = fields.object(shipWith.properties, 'data.ship_with.properties');
    const from = fields.object(shipment.from_address, 'data.from_address');
    const to = fields.object(shipment.to_address, 'data.to_address');
    // The reference writes it with a dash in one place.
    const dates = fields.object(shipment.delivery_dates ?? shipment['delivery-dates'], 'data.delivery_dates');
    const shared = {
      carrierCode: fields.slug(fields.object(shipment.carrier, 'data.carrier').code, 'data.carrier.code'),
      handoverAt: fields.when(dates.handover_at, 'data.delivery_dates.handover_at', parseTimestamp),
      deliverAt: fields.when(dates.deliver_at, 'data.delivery_dates.deliver_at', parseTimestamp),
      shippingOptionCode: fields.slug(
        properties.shipping_option_code,
        'data.ship_with.properties.shipping_option_code',
      ),
      contractId: fields.id(properties.contract_id, 'data.ship_with.properties.contract_id'),
      brandId: fields.id(shipment.brand_id, 'data.brand_id'),
      integrationId: fields.id(shipment.integration_id, 'data.integration_id'),
      fromCountry: fields.country(from.country_code, 'data.from_address.country_code'),
      fromPostalArea: fields.postalArea(from.postal_code, 'data.from_address.postal_code'),
      toCountry: fields.country(to.country_code, 'data.to_address.country_code'),
      toPostalArea: fields.postalArea(to.postal_code, 'data.to_address.postal_code'),
    };
    const isReturn = fields.flag(shipment.is_return, 'data.is_return');
    if (!Array.isArray(shipment.parcels)) fields.note('data.parcels');
    for (const entry of Array.isArray(shipment.parcels) ? (shipment.parcels as unknown[]) : []) {
      const parcel = fields.object(entry, 'data.parcels');
      parcels.push({
        trackingNumber: readNumber(parcel.tracking_number),
        statusCode: fields.code(
          fields.object(parcel.status, 'data.parcels.status').code,
          'data.parcels.status.code',
        ),
        createdAt: fields.when(parcel.created_at, 'data.parcels.created_at', parseTimestamp),
        updatedAt: fields.when(parcel.updated_at, 'data.parcels.updated_at', parseTimestamp),
        announcedAt: fields.when(parcel.announced_at, 'data.parcels.announced_at', parseTimestamp),
        ...shared,
        isReturn: fields.flag(parcel.is_return, 'data.parcels.is_return') ?? isReturn,
      });
    }
  }
  return { ok: true, page: { parcels, unreadableFields: [...(fields.noted()?.keys() ?? [])].sort() } };
}

function refuse(path: string, expected: string, found: unknown): ReadShipmentsResult {
  return { ok: false, refusal: { path, expected, found: nameType(found) } };
}
