import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toCsv } from '../../../reports/parts/csv.js';
import { askFile, call, makeFolder } from '../../pipelines/extract/harness.js';

describe('CSV', () => {
  it('guards what a spreadsheet would run, and leaves numbers numbers', () => {
    const rows = [
      { text: '=1+1', days: -3, is_late: true },
      { text: '+31', days: 1e-7, is_late: false },
      { text: '-A', days: null, is_late: null },
      { text: '@SUM(A1)', days: 0, is_late: true },
      { text: '\tA', days: 1, is_late: true },
      { text: '\rA', days: 1, is_late: true },
      { text: 'a "quoted", =1', days: 1.5, is_late: true },
      { text: 'a=b', days: 2, is_late: true },
    ];
    expect(toCsv(['text', 'days', 'is_late'], rows)).toBe(
      [
        'text,days,is_late',
        "'=1+1,-3,true",
        "'+31,1e-7,false",
        "'-A,,",
        "'@SUM(A1),0,true",
        "'\tA,1,true",
        '"\'\rA",1,true',
        '"a ""quoted"", =1",1.5,true',
        'a=b,2,true',
        '',
      ].join('\r\n'),
    );
  });

  it('is read back by register, number by number', async () => {
    const cwd = makeFolder();
    const numbers = ['=1+1', '+49301234567', '-ZX81', '@SUM(A1)', "=CMD|'/C'!A0", '3SPLAIN', "O'NEIL77"];
    const rows = numbers.map((tracking_number) => ({ tracking_number, carrier_code: 'dpd', days_late: -1 }));
    const file = join(cwd, 'parcels.csv');
    writeFileSync(file, toCsv(['tracking_number', 'carrier_code', 'days_late'], rows));
    const { exitCode, out } = await call(['register', '--known', file], { cwd });
    expect({ exitCode, out }).toMatchObject({ exitCode: 0, out: expect.stringContaining('7 registered') });
    const found = await askFile(
      join(cwd, 'data', 'warehouse.duckdb'),
      "select string_agg(tracking_number, ' ' order by tracking_number) from registry",
    );
    expect(found?.split(' ').sort()).toEqual([...numbers].sort());
  });
});
