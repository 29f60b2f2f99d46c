/** Why a run that talks to the API must stop, or could not start. */
export type SendcloudErrorCode =
  | 'unauthorized'
  | 'forbidden'
  | 'sign_in_failed'
  | 'unreachable'
  | 'tls'
  | 'rate_limited'
  | 'circuit_open'
  | 'answers_changed'
  | 'insecure_base_url'
  | 'invalid_option'
  | 'closed';

/** Options are the user's to mend (2), a limit heals by waiting (3), all else is the API's refusal (4). */
const EXIT_CODES: Partial<Record<SendcloudErrorCode, 2 | 3>> = {
  insecure_base_url: 2,
  invalid_option: 2,
  rate_limited: 3,
};

/** Thrown when no further request makes sense. One parcel's trouble is an answer, never this error. */
export class SendcloudError extends Error {
  override readonly name = 'SendcloudError';
  readonly code: SendcloudErrorCode;
  readonly exitCode: 2 | 3 | 4;
  /** Epoch milliseconds before which no run should ask again; set for `rate_limited`. */
  readonly retryAtMs?: number;
  /** What to do, in one line. */
  readonly hint?: string;

  constructor(
    code: SendcloudErrorCode,
    message: string,
    more: { retryAtMs?: number; cause?: string; hint?: string | undefined } = {},
  ) {
    // The cause is a bare code: errors of the HTTP parser carry the bytes that they choked on.
    super(message, more.cause === undefined ? undefined : { cause: new Error(more.cause) });
    this.code = code;
    this.exitCode = EXIT_CODES[code] ?? 4;
    if (more.retryAtMs !== undefined) this.retryAtMs = more.retryAtMs;
    if (more.hint !== undefined) this.hint = more.hint;
  }
}

export type BodyErrorCode = 'empty' | 'too_large' | 'too_deep' | 'not_json' | 'truncated' | 'bad_encoding';

/** A body that cannot be read as JSON. Never has a cause: JSON.parse quotes the text that it rejects. */
export class BodyError extends Error {
  override readonly name = 'BodyError';
  readonly code: BodyErrorCode;

  constructor(code: BodyErrorCode) {
    super(`the body cannot be read: ${code}`);
    this.code = code;
  }
}
