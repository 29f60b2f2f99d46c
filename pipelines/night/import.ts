import { type Context, plural, say } from '../context.js';
import { usageError } from '../errors.js';
import { importFiles } from '../extract/import.js';
import { lakeStep } from './engine.js';
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
    const { polls, responses, events, refused, forgotten, unusable } = imported;
    if (unusable.length > 1 || args.length > 1) for (const { message } of unusable) log.error(message);
    if (unusable.length === args.length) {
      throw usageError(
        unusable.length === 1
          ? (unusable[0]?.message ?? '')
          : `none of the ${unusable.length} files has a timeline`,
        {
          hint: 'Nothing was imported.',
        },
      );
    }
    await lakeStep(context, run.connection, run.runId);
    const parts = [
      `${plural(imported.lines, 'line')}: ${plural(polls, 'new observation')}, ${plural(responses, 'new response')}, ${plural(events, 'new event')}`,
      refused > 0 ? `${plural(refused, 'line')} refused` : '',
      unusable.length > 0 ? `${plural(unusable.length, 'file')} without a timeline, named above` : '',
      forgotten > 0 ? `${forgotten} left out, because their numbers were forgotten` : '',
    ];
    say(context, parts.filter(Boolean).join('; '), imported);
    return { exitCode: refused + unusable.length > 0 ? 3 : 0, summary: { import: imported } };
  });
}
