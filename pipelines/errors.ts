/** What a thrown error may carry beside its message. */
interface ErrorDetails {
  code: string;
  exitCode: number;
  /** One line: what was kept, what to do. */
  hint?: string;
  cause?: unknown;
}

/** An error that the user is meant to read: it has an exit code, and never holds a secret or the content of a body. */
export class ParcelmetricsError extends Error {
  override readonly name: string = 'ParcelmetricsError';
  readonly code: string;
  readonly exitCode: number;
  readonly hint: string | undefined;

  constructor(message: string, { code, exitCode, hint, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

type Extra = { hint?: string; cause?: unknown };

/** A wrong command line or input file: exit code 2. */
export function usageError(message: string, extra: Extra = {}): ParcelmetricsError {
  return new ParcelmetricsError(message, { code: 'usage', exitCode: 2, ...extra });
}

/** A wrong or missing setting, or a folder or file that the settings name and cannot be used: exit code 2. */
export function configurationError(message: string, extra: Extra = {}): ParcelmetricsError {
  return new ParcelmetricsError(message, { code: 'configuration', exitCode: 2, ...extra });
}

/** The warehouse is not what this version can work with (newer, damaged, another program's file): exit code 2. */
export function warehouseError(message: string, extra: Extra = {}): ParcelmetricsError {
  return new ParcelmetricsError(message, { code: 'warehouse', exitCode: 2, ...extra });
}

/** Another run or program holds the warehouse: exit code 6. */
export function lockedError(message: string, extra: Extra = {}): ParcelmetricsError {
  return new ParcelmetricsError(message, { code: 'locked', exitCode: 6, ...extra });
}

/** Stopped by a signal: exit code 128 and the signal's number. It is the reason of the run's AbortSignal. */
export function interruptedError(signal: 'SIGINT' | 'SIGTERM'): ParcelmetricsError {
  return new ParcelmetricsError(`interrupted by ${signal}`, {
    code: 'interrupted',
    exitCode: signal === 'SIGINT' ? 130 : 143,
    hint: 'What was committed is kept; the next run goes on from there.',
  });
}

/** An error as it is shown: `line` has one or two lines and no stack; `detail` has the stack and the causes. */
export interface DescribedError {
  line: string;
  message: string;
  hint: string | undefined;
  code: string;
  exitCode: number;
  detail: string;
}

// The system said no: the user's to mend, not a bug.
const systemTroubles: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'too many open files',
  ENOTDIR: 'a part of the path is not a folder',
  EIO: 'the disk cannot be read or written',
  EFBIG: 'the file may not grow any further',
  ENOMEM: 'the database needs more memory than it may have',
  ENOENT: 'is not there',
  EEXIST: 'something of that name is in the way',
  EISDIR: 'is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  ENODEV: 'there is no such device',
  ENXIO: 'there is no such device',
  EBUSY: 'is in use',
  ESTALE: 'the network drive has lost it',
  ENOTCONN: 'the network drive is not connected',
};

// DuckDB's errors have no codes; the wording of the pinned version is held by tests.
const diskWords: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|failed to offload data block|max_temp_directory_size/, 'ENOSPC'],
  [/Disk quota exceeded/, 'EDQUOT'],
  [/File too large/, 'EFBIG'],
  [/Read-only file system/, 'EROFS'],
  [/Input\/output error|fsync failed/, 'EIO'],
  [/Cannot open file "[^"]+": No such file or directory/, 'ENOENT'],
  // After those of the disk: one that is too full to spill to is out of memory too.
  [/Out of Memory Error/, 'ENOMEM'],
];

/** What the operating system refused, where an error or one of its causes tells. */
export function findSystemTrouble(error: unknown): { code: string; path: string | null } | null {
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    const { code, path, dest, syscall, message } = current as Error & Record<string, unknown>;
    // Of a symlink, `path` is what it leads to, as it is written in it.
    const place = syscall === 'symlink' ? dest : path;
    // Of a program or a module that is missing no path is told: that is a fault of ours.
    const isOurs = code === 'ENOENT' && typeof place !== 'string';
    if (typeof code === 'string' && code in systemTroubles && !isOurs)
      return { code, path: typeof place === 'string' ? place : null };
    const words = diskWords.find(([pattern]) => pattern.test(String(message)));
    if (words !== undefined)
      return { code: words[1], path: /file "([^"]+)"/.exec(String(message))?.[1] ?? null };
  }
  return null;
}

/** The folder that a process was started in is gone: nothing can be found from there. */
export function describeMissingFolder(error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== 'ENOENT' || syscall !== 'uv_cwd') return error;
  return configurationError('the folder in which this was started is not there any more', {
    hint: 'Nothing was changed. Change into a folder that is there, and run it again.',
  });
}

/** The error, with a place to look at where the system or DuckDB named none. */
export function nameTrouble(error: unknown, path: string): unknown {
  const trouble = findSystemTrouble(error);
  if (trouble === null || trouble.path !== null || error instanceof ParcelmetricsError) return error;
  return Object.assign(new Error(systemTroubles[trouble.code], { cause: error }), {
    code: trouble.code,
    path,
  });
}

/**
 * Turns whatever was thrown into what the user reads. An error with a numeric `exitCode` is for the user; a refusal of the
 * operating system (disk full, permission) too, with exit code 2; anything else is a fault of ours, with exit code 1.
 */
export function describeError(error: unknown, about = 'parcelmetrics'): DescribedError {
  const detail = describeChain(error);
  if (error instanceof Error) {
    const { exitCode, code, hint } = error as Error & Record<string, unknown>;
    if (typeof exitCode === 'number') {
      return join(error.message, textOr(hint), textOr(code) ?? 'error', exitCode, detail);
    }
    const trouble = findSystemTrouble(error);
    if (trouble !== null) {
      const where = trouble.path === null ? '' : `${trouble.path}: `;
      const message = `${where}${systemTroubles[trouble.code]} (${trouble.code})`;
      const more =
        trouble.code === 'ENOMEM' ? ' Set "memoryLimit" in parcelmetrics.config.json to more.' : '';
      return join(message, `What was committed is kept.${more}`, trouble.code, 2, detail);
    }
  }
  return join(
    `a fault of ours, not of your input: ${summarize(error)}`,
    `What was committed is kept. Please report it with the output of the same command with -v (${about}).`,
    'fault',
    1,
    detail,
  );
}

function join(
  message: string,
  hint: string | undefined,
  code: string,
  exitCode: number,
  detail: string,
): DescribedError {
  return { line: hint ? `${message}\n${hint}` : message, message, hint, code, exitCode, detail };
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function summarize(error: unknown): string {
  if (!(error instanceof Error)) return `something that is no error was thrown (${typeof error})`;
  return `${error.name}: ${messageOf(error)}`;
}

// The engine's errors of these kinds quote the value that they choked on, and the value may be of a body.
const quotingKinds =
  /((?:Conversion|Invalid Input|Constraint|Out of Range|Mismatch Type|Invalid type|Not implemented|Serialization|Invalid) Error): [\s\S]*/i;

/** What the engine says, without what it may quote: the kind of its error, and the line where it names one. */
export function withholdValues(message: string): string {
  return message.replace(quotingKinds, (found, kind: string) => {
    const line = /\b(?:in|on) line:? (\d+)/i.exec(found)?.[1];
    return `${kind}${line === undefined ? '' : ` in line ${line}`} (what it says is withheld: it may quote a value)`;
  });
}

// JSON.parse quotes its input, and the input may be a body.
function messageOf(error: Error): string {
  const quotesInput = error instanceof SyntaxError && /JSON/.test(error.message);
  return quotesInput ? 'a text is not JSON (its content is withheld)' : withholdValues(error.message);
}

function describeChain(error: unknown): string {
  const parts: string[] = [];
  for (
    let current = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth++
  ) {
    // The stack repeats the message above its frames: keep the frames only.
    const frames = (current.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
    parts.push([`${depth > 0 ? 'caused by ' : ''}${summarize(current)}`, ...frames].join('\n'));
  }
  return parts.join('\n');
}
