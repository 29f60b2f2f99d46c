export interface Keys {
  publicKey: string;
  secretKey: string;
}

/** What a request signs in with: a header value, and until when it is worth sending. */
export interface Authorization {
  header: string;
  expiresAtMs: number;
}

export interface SignIn {
  /** The current sign-in, fetched or refreshed first where needed. One fetch serves all who wait for it. */
  authorize(): Authorization | Promise<Authorization>;
  /** False once it has expired or been dropped. */
  isCurrent(authorization: Authorization): boolean;
  /** After a 401: drops what was rejected, unless that has happened already. False if nothing newer can be had. */
  renew(rejected: Authorization): boolean;
}

/** HTTP Basic: the same for every request. */
export function createBasicSignIn(keys: Keys): SignIn {
  const authorization = { header: encodeBasic(keys), expiresAtMs: Number.POSITIVE_INFINITY };
  return { authorize: () => authorization, isCurrent: () => true, renew: () => false };
}

/** Tokens are renewed this long before they expire, or after nine tenths of a short life. */
const EARLY_MS = 60_000;
/** What the guides say; RFC 6749 lets a server leave it out. */
const DEFAULT_LIFE_MS = 3_600_000;

/**
 * OAuth2 client credentials (RFC 6749, 4.4). The token lives in memory only.
 * @param fetchToken sends the token request and reads its answer.
 */
export function createOAuth2SignIn(
  fetchToken: () => Promise<Authorization>,
  now: () => number = Date.now,
): SignIn {
  const isFresh = (authorization: Authorization) => authorization.expiresAtMs > now();
  let current: Authorization | null = null;
  let fetching: Promise<Authorization> | null = null;
  return {
    authorize: () => {
      if (current && isFresh(current)) return current;
      fetching ??= fetchToken()
        .then((token) => {
          current = token;
          return token;
        })
        .finally(() => {
          fetching = null;
        });
      return fetching;
    },
    isCurrent: (authorization) => authorization === current && isFresh(authorization),
    renew: (rejected) => {
      if (current === rejected) current = null;
      return true;
    },
  };
}

/** The form and header of a token request. */
export function createTokenRequest(keys: Keys): { headers: Record<string, string>; body: string } {
  return {
    headers: { authorization: encodeBasic(keys), 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials&scope=api',
  };
}

function encodeBasic({ publicKey, secretKey }: Keys): string {
  return `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;
}

/** Reads a token endpoint's answer; null if it holds no usable token. */
export function readToken(json: unknown, nowMs: number): Authorization | null {
  const { access_token: token, expires_in: seconds } = (
    typeof json === 'object' && json !== null ? json : {}
  ) as Record<string, unknown>;
  // Anything outside these characters (RFC 6750, 2.1) could smuggle in a header.
  if (typeof token !== 'string' || !/^[\w.~+/-]+=*$/.test(token)) return null;
  const lifeMs = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : DEFAULT_LIFE_MS;
  return { header: `Bearer ${token}`, expiresAtMs: nowMs + lifeMs - Math.min(EARLY_MS, lifeMs / 10) };
}
