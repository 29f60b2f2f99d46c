import type { Tables } from './fixture.js';

/** Parcels of DPD and of others: late, lost, silent, with exceptions of several makers; one that GLS had a part in. */
export function makeAskedParcels(): Tables {
  const parcel = (number: string, code: string, changes: Record<string, unknown> = {}) => ({
    tracking_number: number,
    carrier_code: code,
    ...{ multi_carrier: false, from_country: 'NL', to_country: 'BE', delivery_type: 'home' },
    ...{ service_level: 'standard', shipping_option_code: `${code}:standard`, outcome: 'delivered' },
    ...{ label_at: '2026-10-01 10:00:00', first_scan_at: '2026-10-01 18:30:00', edd_original: '2026-10-02' },
    ...{ first_attempt_at: '2026-10-05 09:00:00', days_late: 3, current_status: 'delivered' },
    ...{ current_status_at: '2026-10-05 09:00:00', delivered_at: '2026-10-05 09:00:00' },
    ...changes,
  });
  const answer = (number: string, code: string, changes: Record<string, unknown>) => ({
    ...{ period: 'current', cohort: 'due', tracking_number: number, carrier_code: code },
    ...{ start_date: '2026-10-02', ...changes },
  });
  const silent = { outcome: 'open', first_attempt_at: null, days_late: null, delivered_at: null };
  const stalled = (number: string, code: string) => ({
    ...{ tracking_number: number, carrier_code: code, from_country: 'NL', to_country: 'BE' },
    ...{ delivery_type: 'home', first_scan_at: '2026-10-01 18:30:00', current_status: 'in_transit' },
    ...{ current_status_at: '2026-10-02 09:00:00', last_carrier_event_at: '2026-10-02 09:00:00' },
    ...{ silent_working_days: 22, observed_at: '2026-11-03 04:00:00' },
  });
  return {
    parcels: [
      parcel('05340000000000000001', 'dpd'),
      parcel('05340000000000000002', 'dpd', {
        ...{ first_exception_code: 'damaged', first_exception_group: 'carrier', days_late: 1 },
        first_exception_at: '2026-10-02 09:00:00',
      }),
      parcel('05340000000000000003', 'dpd', {
        ...{ ...silent, silent_working_days: 22, current_status: 'in_transit' },
      }),
      parcel('05340000000000000004', 'dpd', {
        ...{ first_exception_code: 'refused', first_exception_group: 'recipient' },
      }),
      // on time, and nothing the matter
      parcel('05340000000000000005', 'dpd', { days_late: 0 }),
      // registered under the number that the other carrier gave it
      parcel('GLSNUMBER77', 'dpd', { multi_carrier: true }),
      parcel('GLSNUMBER78', 'gls'),
      parcel('3SOTHER79', 'postnl', { ...silent, silent_working_days: 22 }),
    ],
    rate_answers: [
      answer('05340000000000000001', 'dpd', { on_time_rate: false }),
      answer('05340000000000000002', 'dpd', { on_time_rate: false }),
      answer('05340000000000000002', 'dpd', {
        ...{ cohort: 'scan', exception_rate: true, exception_rate_carrier: true, lost_30d_rate: false },
      }),
      answer('05340000000000000004', 'dpd', {
        ...{ cohort: 'scan', exception_rate: true, exception_rate_carrier: false, lost_30d_rate: false },
      }),
      answer('05340000000000000005', 'dpd', { on_time_rate: true }),
      answer('GLSNUMBER77', 'dpd', { on_time_rate: false }),
      answer('GLSNUMBER78', 'gls', { on_time_rate: false }),
    ],
    stalled_parcels: [stalled('05340000000000000003', 'dpd'), stalled('3SOTHER79', 'postnl')],
    targets: [
      ...[
        { carrier_code: 'dpd', note: 'as DPD and GLS were told' },
        { carrier_code: 'gls', note: 'a secret of one' },
        { carrier_code: null, note: 'a secret of all' },
      ].map((row, index) => ({
        ...{ target_number: index + 1, metric: 'on_time_rate', target: 0.95, verdict: 'missed', ...row },
        ...{ first_start_date: '2026-08-05', last_start_date: '2026-11-02', n: 4836, x: 4420 },
        ...{ rate: 0.914, rate_lo: 0.906, rate_hi: 0.922, short_by: 175, short_by_lo: 139, short_by_hi: 214 },
      })),
    ],
    candidates: ['dpd', 'gls', '*'].map((carrier_code, index) => ({
      ...{ kind: 'target', scope: 'carrier', carrier_code, metric: 'on_time_rate', is_worse: true },
      ...{ target_number: index + 1, p: 0.0001, p_holm: 0.002, is_sure: true },
    })),
    notes: [
      { date: '2026-10-20', carrier_code: 'dpd', text: 'New depot of its own' },
      { date: '2026-10-21', carrier_code: 'dpd', text: 'Took over from PostNL' },
      { date: '2026-10-22', carrier_code: 'gls', text: 'A secret strike' },
      { date: '2026-10-23', carrier_code: null, text: 'A secret of everybody' },
    ],
  };
}
