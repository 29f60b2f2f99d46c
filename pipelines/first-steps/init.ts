import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE_NAME } from '../config/config.js';
import { environmentName, fileKey, OPTIONS, SETTING_NAMES, templateValue } from '../config/options.js';
import { type Context, say } from '../context.js';

/** `init`: writes the two templates, made from the table of options; a file that exists is never touched. */
export async function runInit(context: Context): Promise<number> {
  const { config, cwd } = context;
  const files = [
    { path: config.configFile ?? join(cwd, CONFIG_FILE_NAME), text: describeConfigFile() },
    { path: join(cwd, '.env.example'), text: describeEnvironment() },
  ];
  const results = files.map(({ path, text }) => ({ path, isNew: writeIfMissing(path, text) }));
  const pathsOf = (isNew: boolean) => results.filter((one) => one.isNew === isNew).map(({ path }) => path);
  const done = results.map(({ path, isNew }) => `${isNew ? 'wrote' : 'kept (it was there)'} ${path}`);
  const next = `
Next:
  1. cp .env.example .env && chmod 600 .env, and put your keys into it
  2. keep .env and the data folder out of version control
  3. parcelmetrics doctor`;
  say(context, [...done, next].join('\n'), { written: pathsOf(true), kept: pathsOf(false) });
  return 0;
}

/** The configuration file with every setting commented out, its default and its meaning. */
export function describeConfigFile(): string {
  const entries = SETTING_NAMES.flatMap((name) => {
    const { help, initialText } = OPTIONS[name];
    const key = fileKey(OPTIONS[name]);
    const words = initialText === undefined ? '' : ` (default: ${initialText})`;
    return key === null
      ? []
      : [`  // ${help}${words}\n  // "${key}": ${JSON.stringify(templateValue(name))},\n`];
  });
  const head = `  // Settings of parcelmetrics. Take the // off a line to change it. A flag or a variable of the environment
  // goes before this file. Relative paths start at this file's folder. Secrets do not belong here: see .env.example.
`;
  return `{\n${head}\n${entries.join('\n')}}\n`;
}

/** The secrets, which the configuration file does not hold. An empty variable counts as not set. */
export function describeEnvironment(): string {
  const blocks = SETTING_NAMES.filter((name) => OPTIONS[name].secret).map((name) => {
    const variable = environmentName(OPTIONS[name]);
    return `# ${OPTIONS[name].help}; or, in a file of its own: ${variable}_FILE\n${variable}=\n`;
  });
  const head =
    '# Copy to .env and fill in. Each setting of the file may stand here too, as PARCELMETRICS_ and its name.\n';
  return `${head}\n${blocks.join('\n')}`;
}

function writeIfMissing(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
