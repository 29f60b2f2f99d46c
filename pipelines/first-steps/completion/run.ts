import { type Context, say } from '../../context.js';
import { usageError } from '../../errors.js';
import { writeBash } from './bash.js';
import { writeFish } from './fish.js';
import { gatherWords, type Words } from './words.js';
import { writeZsh } from './zsh.js';

const writers: Readonly<Record<string, (words: Words) => string>> = {
  bash: writeBash,
  zsh: writeZsh,
  fish: writeFish,
};

/** `completion`: prints what a shell has to read to complete command lines of this version. */
export async function runCompletion(context: Pick<Context, 'args' | 'commands' | 'config' | 'stdout'>) {
  const [shell = ''] = context.args;
  const write = Object.hasOwn(writers, shell) ? writers[shell] : undefined;
  if (write === undefined) {
    throw usageError(`there is no completion for ${JSON.stringify(shell)}`, {
      hint: `There is one for ${Object.keys(writers).join(', ')}.`,
    });
  }
  const script = write(gatherWords(context.commands));
  say(context, script, { shell, script });
  return 0;
}
