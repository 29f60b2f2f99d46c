import { hoursBetween, type Milestones } from './parcels.js';
import { formatDay, formatInstant, type Stamp } from './time.js';
import type { ParcelRow } from './types.js';

const stamp = (value: Stamp | null) => (value === null ? null : formatInstant(value.at));
const day = (value: number | null) => (value === null ? null : formatDay(value));

/** Milestones under their public column names. */
export function toParcelRow(parcel: Milestones): ParcelRow {
  const first = parcel.exceptions[0];
  const isMeasurable = parcel.transitMeasurable === true;
  return {
    tracking_number: parcel.trackingNumber,
    carrier_code: parcel.carrierCode,
    multi_carrier: parcel.multiCarrier,
    from_country: parcel.fromCountry,
    to_country: parcel.toCountry,
    from_postal_area: parcel.fromPostalArea,
    to_postal_area: parcel.toPostalArea,
    shipping_option_code: parcel.shippingOptionCode,
    service_level: parcel.serviceLevel,
    delivery_type: parcel.deliveryType,
    is_return: parcel.isReturn,
    label_at: stamp(parcel.labelAt),
    dropped_at: stamp(parcel.droppedAt),
    returned_at: stamp(parcel.returnedAt),
    first_scan_at: stamp(parcel.firstScanAt),
    first_scan_code: parcel.firstScanCode,
    out_for_delivery_at: stamp(parcel.outForDeliveryAt),
    pickup_point_at: stamp(parcel.pickupPointAt),
    delivered_at: stamp(parcel.deliveredAt),
    first_attempt_at: stamp(parcel.firstAttemptAt),
    outcome: parcel.outcome,
    outcome_at: stamp(parcel.outcomeAt),
    returned_after_delivery: parcel.returnedAfterDelivery,
    observed_at: formatInstant(parcel.observedAt),
    edd_original: day(parcel.eddOriginal),
    edd_original_seen_at: parcel.eddOriginalSeenAt === null ? null : formatInstant(parcel.eddOriginalSeenAt),
    edd_current: day(parcel.eddCurrent),
    promise_foreseen: parcel.promiseForeseen,
    first_scan_delay_hours: hoursBetween(parcel.labelAt, parcel.firstScanAt),
    transit_measurable: parcel.transitMeasurable,
    transit_hours: isMeasurable ? hoursBetween(parcel.firstScanAt, parcel.firstAttemptAt) : null,
    possession_hours: isMeasurable ? hoursBetween(parcel.firstScanAt, parcel.deliveredAt) : null,
    transit_calendar_days: parcel.transitCalendarDays,
    transit_working_days: parcel.transitWorkingDays,
    label_to_door_hours: hoursBetween(parcel.labelAt, parcel.firstAttemptAt),
    exception_count: parcel.exceptions.length,
    first_exception_at: stamp(first?.at ?? null),
    first_exception_code: first?.code ?? null,
    first_exception_group: first?.group ?? null,
    exception_within_14d: parcel.firstScanAt === null ? null : parcel.earlyGroups.size > 0,
    inferred_exception_within_14d: parcel.firstScanAt === null ? null : parcel.hasEarlyInference,
    first_attempt_success: parcel.firstAttemptSuccess,
    diverted_to_pickup: parcel.divertedToPickup,
    handed_over_in_time: parcel.handedOverInTime,
    is_due: parcel.isDue,
    on_time: parcel.onTime,
    days_late: parcel.daysLate,
    current_status: parcel.currentStatus,
    current_status_at: stamp(parcel.currentStatusAt),
    last_carrier_event_at: stamp(parcel.lastCarrierEventAt),
    quality_flags: parcel.qualityFlags.join(','),
  };
}
