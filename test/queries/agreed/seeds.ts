/** The seeds that both sides of an agreement read: those of the package, and the targets and notes beside this file. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { findSeedFile } from '../../../queries/seeds.js';
import type { Target } from '../../reference/targets.js';
import type { Seeds } from '../../reference/types.js';

export const agreedFolder = fileURLToPath(new URL('.', import.meta.url));

export function readSeeds(): Seeds {
  const read = (name: string) =>
    parse(readFileSync(findSeedFile(name, null), 'utf8'), {
      columns: true,
      comment: '#',
      comment_no_infix: true,
      skip_empty_lines: true,
    }) as Record<string, string>[];
  return {
    statusCodes: read('status_codes').map((row) => ({
      status_code: row.status_code ?? '',
      phase: row.phase ?? '',
      scan_order: row.scan_order ? Number(row.scan_order) : null,
      is_scan: row.is_scan === 'true',
      is_exception: row.is_exception === 'true',
      exception_group: row.exception_group || null,
    })),
    countryZones: read('country_zones').map((row) => ({
      country_code: row.country_code ?? '',
      time_zone: row.time_zone ?? '',
    })),
    serviceLevels: read('service_levels').map((row) => ({
      pattern: row.pattern ?? '',
      service_level: row.service_level ?? '',
    })),
    operatingDays: [],
  } as Seeds;
}

export function readTargets(): Target[] {
  const rows = parse(readFileSync(new URL('./targets.csv', import.meta.url), 'utf8'), {
    columns: true,
  }) as Record<string, string>[];
  return rows.map((row) => {
    const orNull = (name: string) => row[name] || null;
    return {
      carrier_code: orNull('carrier_code'),
      from_country: orNull('from_country'),
      to_country: orNull('to_country'),
      delivery_type: orNull('delivery_type'),
      service_level: orNull('service_level'),
      metric: (row.metric ?? '') as Target['metric'],
      target: Number(row.target),
      from_date: orNull('from_date'),
      to_date: orNull('to_date'),
    };
  });
}
