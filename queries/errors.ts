/** A seed file that cannot be used: names the file, the line and what is wrong with it. Exit code 2. */
export class SeedError extends Error {
  override name = 'SeedError';
  readonly code = 'seed_invalid';
  readonly exitCode = 2;
  readonly hint = 'Mend the line, or remove the file to go back to the built-in seed; nothing was built.';
}

/**
 * A model's SQL failed: a fault of the project, with the model's name; or of the engine that it ran on, where its error says what the
 * user may do.
 */
export class ModelError extends Error {
  override name = 'ModelError';
  readonly code = 'model_failed';
  readonly exitCode: unknown;
  readonly hint: unknown;

  constructor(model: string, cause: unknown) {
    super(`model ${model}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    const { exitCode, hint } = (cause ?? {}) as Record<string, unknown>;
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** A file of the lake that should be there is not: its account has to write it again. Exit code 2. */
export class LakeError extends Error {
  override name = 'LakeError';
  readonly code = 'lake';
  readonly exitCode = 2;
  readonly hint: string;

  constructor(account: string, path: string) {
    super(`the lake lacks ${path}`);
    this.hint = `Nothing was built. The next run of account ${account}, or \`parcelmetrics export --landed FILE\` with its settings, writes it again.`;
  }
}
