import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

// What examples/ shows, and that it agrees with the documents. Command lines in them are checked by cli-docs.test.ts.

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the night', () => {
  it('is at one time everywhere, outside the hours in which clocks change', () => {
    const times = [
      ...['README.md', 'docs/operations.md', 'examples/cron/crontab'].flatMap((path) =>
        [...read(path).matchAll(/(?<![\d-])(\d{1,2}) (\d{1,2}) \* \* \*(?= )/g)].map(
          ([, minute, hour]) => `${path} ${hour?.padStart(2, '0')}:${minute?.padStart(2, '0')}`,
        ),
      ),
      ...[
        ...read('examples/systemd/parcelmetrics.timer').matchAll(/^OnCalendar=\*-\*-\* (\d\d:\d\d):00$/gm),
      ].map(([, time]) => `timer ${time}`),
      ...[...read('examples/container/compose.yaml').matchAll(/at (\d\d:\d\d)/g)].map(
        ([, time]) => `compose ${time}`,
      ),
    ];
    expect(times).toEqual(
      expect.arrayContaining([
        'README.md 04:12',
        'examples/cron/crontab 04:12',
        'timer 04:12',
        'compose 04:12',
      ]),
    );
    expect(times.filter((time) => !time.endsWith(' 04:12'))).toEqual([]);
    expect(read('docs/operations.md')).toContain('between 01:00 and 03:00');
  });
});

describe('the systemd units', () => {
  const isThere = spawnSync('systemd-analyze', ['--version']).status === 0;
  if (!isThere) {
    it.skip('are not verified: there is no systemd-analyze here (apt install systemd)');
    return;
  }

  /** What systemd-analyze says of the units; the program's place is that of a program that is here. */
  function verify(change: (unit: string) => string): string {
    const folder = mkdtempSync(join(tmpdir(), 'parcelmetrics-units-'));
    try {
      for (const name of ['parcelmetrics.service', 'parcelmetrics.timer']) {
        const unit = read(`examples/systemd/${name}`).replace(
          '/usr/local/bin/parcelmetrics',
          process.execPath,
        );
        writeFileSync(join(folder, name), change(unit));
      }
      const units = ['parcelmetrics.service', 'parcelmetrics.timer'].map((name) => join(folder, name));
      const ran = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', ...units], {
        encoding: 'utf8',
        env: { ...process.env, SYSTEMD_LOG_LEVEL: 'warning' },
      });
      return `${ran.stdout}${ran.stderr}`.trim();
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('have nothing that systemd-analyze verify finds', () => expect(verify((unit) => unit)).toBe(''));

  it('would be found wrong', () => {
    expect(verify((unit) => unit.replace('ProtectHome=yes', 'ProtectHome=perhaps'))).toContain(
      'protect home',
    );
    expect(verify((unit) => unit.replace('04:12:00', '25:12:00'))).toContain('calendar');
  });
});

describe('the container', () => {
  const file = read('examples/container/Containerfile');
  const instructions = [...file.matchAll(/^([A-Z]+) (.*)$/gm)].map(
    ([, name = '', rest = '']) => [name, rest] as const,
  );
  const all = (name: string) => instructions.filter(([one]) => one === name).map(([, rest]) => rest);

  it('is built from the repository alone, by a script that .ci/run runs too', () => {
    expect(all('RUN')).toEqual([
      'sh examples/container/install.sh /opt/parcelmetrics',
      'install --directory --owner=node --group=node --mode=0700 /data',
    ]);
    expect(existsSync(join(root, 'examples/container/install.sh'))).toBe(true);
    expect(file).not.toMatch(/curl|wget|ADD |https?:/);
    expect(read('.ci/run')).toContain('.ci/check-container.sh');
  });

  it('runs as a user without rights, with its data as a volume', () => {
    const last = instructions.slice(instructions.findLastIndex(([name]) => name === 'FROM'));
    const order = last.map(([name]) => name);
    expect(order.indexOf('USER')).toBeGreaterThan(order.indexOf('RUN'));
    expect(order.indexOf('USER')).toBeLessThan(order.indexOf('ENTRYPOINT'));
    expect(all('USER')).toEqual(['node']);
    expect(all('VOLUME')).toEqual(['/data']);
    expect(read('examples/container/compose.yaml')).toMatch(/- data:\/data/);
    expect(read('.dockerignore').split('\n')).toEqual(
      expect.arrayContaining(['.git', '.env', 'node_modules']),
    );
  });

  it('has the newest Node that is tested', () => {
    const { engines } = JSON.parse(read('package.json'));
    const smoked = [...read('.ci/run').matchAll(/^smoke ([\d.]+)$/gm)].map(([, version = '']) => version);
    expect(smoked).toHaveLength(2);
    expect(engines.node).toBe(`>=${smoked[0]?.replace(/\.0$/, '')}`);
    expect(new Set(all('FROM').map((from) => from.split(' ')[0]))).toEqual(
      new Set([`node:${smoked[1]}-bookworm-slim`]),
    );
    expect(read('README.md')).toContain(`Node.js ${engines.node.slice(2)}`);
    expect(read('README.md')).toMatch(new RegExp(`\\b${smoked[1]}\\b`));
  });
});
