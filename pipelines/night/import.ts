import { type Context, plural, say } from '../context.js';
import { importFiles } from '../extract/import.js';
import { withRun } from './run.js';

/** `import FILE...` */
export async function runImport(context: Context): Promise<number> {
  const { config, args, clock, log, progress, signal } = context;
  return withRun(context, 'import', async (run) => {
    progress.start('import, lines', null);
    let lines = 0;
    const imported = await importFiles(run.connection, {
      files: args,
      runId: run.runId,
      clock,
      keepSourceId: config.keepSourceId,
      signal,
      onBatch: (count) => {
        lines += count;
        progress.advance(count);
        run.note('import', lines, null);
      },
      onRefused: (place, reason) => log.warn(`${place} refused: ${reason}`),
    });
    progress.stop();
    const { polls, responses, events, refused, forgotten } = imported;
    const parts = [
      `${plural(imported.lines, 'line')}: ${plural(polls, 'new observation')}, ${plural(responses, 'new response')}, ${plural(events, 'new event')}`,
      refused > 0 ? `${plural(refused, 'line')} refused` : '',
      forgotten > 0 ? `${forgotten} left out, because their numbers were forgotten` : '',
    ];
    say(context, parts.filter(Boolean).join('; '), imported);
    return { exitCode: refused > 0 ? 3 : 0, summary: { import: imported } };
  });
}
