import { readFileSync } from 'node:fs';
import type { BuildOptions } from '../../queries/making.js';
import { findTrino } from './harness.js';

/** What a phase of a build took: seconds, and seconds of CPU of this process, of the server's, and of its statements alone. */
export interface Cost {
  seconds: number;
  here: number;
  server: number;
  statements: number;
  count: number;
}

const ticksASecond = 100;

/** CPU seconds of a process since its start, where the system has /proc; else 0. */
function readCpu(pid: number | null | undefined): number {
  if (!pid || process.platform !== 'linux') return 0;
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksASecond;
}

const units: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** Seconds of Trino's text of a duration, such as 1.52m. */
function readDuration(text: string): number {
  const [, value, unit = ''] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  return Number(value) * (units[unit] ?? Number.NaN);
}

interface Listed {
  queryStats: { createTime: string; totalCpuTime: string };
}

/** Splits what a build takes into phases, which follow one another. */
export function keepCosts() {
  const { url, pid } = findTrino();
  const look = () => {
    const { user, system } = process.cpuUsage();
    return { at: Date.now(), here: (user + system) / 1e6, server: readCpu(pid) };
  };
  const phases: { name: string; from: ReturnType<typeof look> }[] = [];
  const enter = (name: string) => {
    phases.push({ name, from: look() });
  };
  let asked = 0;
  return {
    enter,
    /** The phase that the build is in. */
    current: () => phases.at(-1)?.name ?? '',
    /** Options that make a phase of each model, and of what comes between two: checks. */
    options: {
      onModel: enter,
      // Asked before a model and after it.
      now: () => {
        asked += 1;
        if (asked % 2 === 0) enter('checks');
        return performance.now();
      },
    } satisfies Partial<BuildOptions>,
    /** The costs by phase, those of equal names added. Statements are the server's to list, of whichever build. */
    async finish(): Promise<Map<string, Cost>> {
      const ended = look();
      const listed = await fetch(`${url}/v1/query`, { headers: { 'x-trino-user': 'test' } });
      const queries = ((await listed.json()) as Listed[]).map(({ queryStats }) => ({
        at: Date.parse(queryStats.createTime),
        cpu: readDuration(queryStats.totalCpuTime),
      }));
      const costs = new Map<string, Cost>();
      for (const [place, { name, from }] of phases.entries()) {
        const to = phases[place + 1]?.from ?? ended;
        const own = queries.filter(({ at }) => at >= from.at && at < to.at);
        const before = costs.get(name) ?? { seconds: 0, here: 0, server: 0, statements: 0, count: 0 };
        costs.set(name, {
          seconds: before.seconds + (to.at - from.at) / 1000,
          here: before.here + to.here - from.here,
          server: before.server + to.server - from.server,
          statements: before.statements + own.reduce((sum, { cpu }) => sum + cpu, 0),
          count: before.count + own.length,
        });
      }
      return costs;
    },
  };
}

/** The sum of some phases. */
export function addCosts(costs: Iterable<Cost>): Cost {
  const sum = { seconds: 0, here: 0, server: 0, statements: 0, count: 0 };
  for (const cost of costs) for (const key of Object.keys(sum) as (keyof Cost)[]) sum[key] += cost[key];
  return sum;
}
