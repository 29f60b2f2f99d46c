/** The example of a parcel-tracking-response, as the API's reference publishes it. */
const address = {
  address_line_1: '33 rue de Stalingrad',
  address_line_2: '',
  city: 'Cermenate',
  company_name: 'Company',
  country_code: 'IT',
  email: 'billing@mail.com',
  house_number: '45',
  name: 'Laurent Kuchto',
  phone_number: '',
  po_box: '12345',
  postal_code: '78500',
  state_province_code: 'IT-CO',
};

export const EXAMPLE = {
  announced_at: '2024-01-01T00:00:00Z',
  created_at: '2024-01-01T00:00:00Z',
  details: {
    brand_id: 123,
    expected_delivery_date: '2024-01-03',
    integration_id: 456,
    is_mail_box: false,
    is_return: false,
    is_to_service_point: false,
  },
  events: [
    {
      event_at: '2024-01-02T00:00:00Z',
      event_type: 'carrier',
      status_code: 'accepted',
      status_description: 'Parcel has been accepted by the carrier.',
      status_type: 'success',
      sub_status_code: 'none',
    },
  ],
  from_address: { ...address },
  parcel_items: [
    {
      description: 'T-Shirt XL',
      hs_code: '620520',
      intended_use: 'Personal use',
      item_id: '5552',
      material_content: '100% Cotton',
      mid_code: 'NLOZR92MEL',
      origin_country: 'NL',
      product_id: '19284',
      properties: { color: 'green', size: 'red' },
      quantity: 1,
      sku: 'TS1234',
      price: { currency: 'EUR', value: '6.15' },
      weight: { unit: 'kg', value: 0.4 },
    },
  ],
  ship_with: {
    type: 'shipping_option_code',
    properties: { contract_id: 517, shipping_option_code: 'postnl:standard' },
  },
  source_id: '123',
  to_address: { ...address },
  tracking_numbers: [
    { carrier_code: 'postnl', tracking_number: '123456789', tracking_url: 'https://example.com' },
  ],
  updated_at: '2024-01-01T00:00:00Z',
};

/** A copy of the example with changes, each named by its path ('events.0.event_at'); undefined deletes. */
export function exampleWith(changes: Record<string, unknown> = {}): Record<string, unknown> {
  const body: Record<string, unknown> = structuredClone(EXAMPLE);
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = steps.pop() ?? '';
    const parent = steps.reduce<object>((node, step) => Reflect.get(node, step), body);
    if (value === undefined) Reflect.deleteProperty(parent, last);
    else Reflect.set(parent, last, value);
  }
  return body;
}
