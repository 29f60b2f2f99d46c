import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const tasks = fileURLToPath(new URL('./tasks.mjs', import.meta.url));

/** Does one task in a process of its own: `{ seconds, cpuSeconds, peakMb, ... }`. */
export async function runTask(name, options) {
  const child = spawn(process.execPath, [tasks, name, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let trouble = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    trouble += chunk;
  });
  const [exitCode] = await once(child, 'close');
  if (exitCode !== 0) throw new Error(`${name} failed: ${trouble}`);
  return JSON.parse(out.trim().split('\n').at(-1));
}

/** Starts the sandbox in a process of its own. */
export async function startServer(options) {
  const child = spawn(process.execPath, [tasks, 'serve', JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const read = async () => JSON.parse((await lines.next()).value);
  const served = await read();
  const countRequests = async () => {
    child.stdin.write('\n');
    return (await read()).requests;
  };
  const close = async () => {
    child.stdin.end();
    await once(child, 'close');
  };
  return { ...served, countRequests, close };
}

/** Runs a program to its end: `{ seconds }`. */
export function runProgram(args) {
  const startedMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} failed: ${stderr}`);
  return { seconds: (performance.now() - startedMs) / 1000 };
}

export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Does both in turn, `rounds` times, and compares round by round: the machine may be busy, but it is so for both.
 * @returns medians: ratio of the times, ratio of the CPU times, both times, and our peak memory.
 */
export async function compare(rounds, ours, theirs) {
  const pairs = [];
  for (let round = 0; round < rounds; round += 1) {
    // turn about, so that neither always finds the files warm
    if (round % 2 === 0) pairs.push({ ours: await ours(round), theirs: await theirs(round) });
    else {
      const second = await theirs(round);
      pairs.push({ ours: await ours(round), theirs: second });
    }
  }
  const of = (read) => median(pairs.map(read));
  return {
    ratio: of(({ ours, theirs }) => ours.seconds / theirs.seconds),
    cpuRatio: of(({ ours, theirs }) => ours.cpuSeconds / theirs.cpuSeconds),
    seconds: of(({ ours }) => ours.seconds),
    theirSeconds: of(({ theirs }) => theirs.seconds),
    peakMb: Math.max(...pairs.map(({ ours }) => ours.peakMb ?? 0)),
    last: pairs.at(-1),
  };
}
