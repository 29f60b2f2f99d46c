import type { ExceptionGroup, Seeds, StatusCodeSeed } from './types.js';

function codes(phase: string, list: string, exceptionGroup: ExceptionGroup | null = null): StatusCodeSeed[] {
  return list.split(' ').map((status_code) => ({
    status_code,
    phase,
    scan_order: null,
    is_scan: false,
    is_exception: exceptionGroup !== null,
    exception_group: exceptionGroup,
  }));
}

function scans(list: string): StatusCodeSeed[] {
  return codes('scan', list).map((row, index) => ({ ...row, scan_order: index + 1, is_scan: true }));
}

/** The vocabulary of events, section 1 of the metrics contract. */
export const defaultStatusCodes: StatusCodeSeed[] = [
  ...codes('before_carrier', 'announcing announced labelled ready_to_send no_label none unknown'),
  ...codes('handover', 'dropped'),
  ...scans('accepted sorted in_transit customs in_delivery attempted pup delivered'),
  ...codes('end', 'delivery_forced cancelled cancelled_upstream cancelling cancelling_upstream'),
  ...codes(
    'exception',
    'announcement_failed cancellation_failed handover_delay dropoff_expiration',
    'sender',
  ),
  ...codes('exception', 'address_error refused customer_rejected pup_expiration', 'recipient'),
  ...codes(
    'exception',
    'sorting_delay delivery_delay relabelled damaged non_conformity off_radar',
    'carrier',
  ),
  ...codes('exception', 'customs_issue', 'border'),
  ...codes('exception', 'hold delay_unknown changed customer_support', 'unattributed'),
  ...codes('outcome', 'returned_sender missing claim claimable'),
];

/** Seeds for tests that bring none: zones on both sides of UTC, one carrier that works on Saturdays. */
export const defaultSeeds: Seeds = {
  statusCodes: defaultStatusCodes,
  countryZones: [
    { country_code: 'NL', time_zone: 'Europe/Amsterdam' },
    { country_code: 'DE', time_zone: 'Europe/Berlin' },
    { country_code: 'FR', time_zone: 'Europe/Paris' },
    { country_code: 'GB', time_zone: 'Europe/London' },
    { country_code: 'US', time_zone: 'America/New_York' },
    { country_code: 'AU', time_zone: 'Australia/Sydney' },
  ],
  serviceLevels: [
    { pattern: '%express%', service_level: 'express' },
    { pattern: '%economy%', service_level: 'economy' },
    { pattern: '%freight%', service_level: 'freight' },
    { pattern: '%standard%', service_level: 'standard' },
  ],
  operatingDays: [{ carrier_code: 'dhl', country_code: 'DE', operating_weekdays: '123456' }],
};
