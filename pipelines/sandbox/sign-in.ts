import { randomBytes } from 'node:crypto';
import { type Answer, refuse } from './answer.js';

const tokenSeconds = 3600;

interface Keys {
  publicKey: string;
  secretKey: string;
}

export interface SignIn {
  /** The refusal that a request with this Authorization header gets, or null where it may pass. */
  check(authorization: string | undefined): Answer | null;
  /** Answers POST /oauth2/token/: client credentials in the form body or by HTTP Basic. */
  grantToken(authorization: string | undefined, form: string): Answer;
}

function readBasic(authorization: string | undefined): Keys | null {
  const match = /^basic\s+(\S+)$/i.exec(authorization ?? '');
  if (!match?.[1]) return null;
  const text = Buffer.from(match[1], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? null : { publicKey: text.slice(0, colon), secretKey: text.slice(colon + 1) };
}

/** Both ways in: HTTP Basic with the pair of keys, and tokens that live an hour on the given clock (ms since 1970). */
export function createSignIn(keys: Keys, clock: () => number): SignIn {
  const tokens = new Map<string, number>();
  const isAccount = (given: Keys | null) =>
    given !== null && given.publicKey === keys.publicKey && given.secretKey === keys.secretKey;

  return {
    check(authorization) {
      const headers = { 'www-authenticate': 'Basic realm="sandbox"' };
      if (authorization === undefined) {
        const detail = 'Authentication credentials were not provided.';
        return { ...refuse(401, 'authentication_failed', detail), headers };
      }
      const bearer = /^bearer\s+(\S+)$/i.exec(authorization)?.[1];
      if (bearer !== undefined) {
        const isAlive = (tokens.get(bearer) ?? Number.NEGATIVE_INFINITY) > clock();
        return isAlive ? null : { ...refuse(401, 'authentication_failed', 'Invalid token.'), headers };
      }
      if (isAccount(readBasic(authorization))) return null;
      return { ...refuse(401, 'authentication_failed', 'Invalid username/password.'), headers };
    },
    grantToken(authorization, form) {
      const fields = new URLSearchParams(form);
      const given = readBasic(authorization) ?? {
        publicKey: fields.get('client_id') ?? '',
        secretKey: fields.get('client_secret') ?? '',
      };
      if (!isAccount(given)) return { status: 401, body: { error: 'invalid_client' } };
      if (fields.get('grant_type') !== 'client_credentials') {
        return { status: 400, body: { error: 'unsupported_grant_type' } };
      }
      const scope = fields.get('scope') ?? 'api';
      if (scope !== 'api') return { status: 400, body: { error: 'invalid_scope' } };
      const token = randomBytes(24).toString('base64url');
      tokens.set(token, clock() + tokenSeconds * 1000);
      const body = { access_token: token, expires_in: tokenSeconds, scope, token_type: 'Bearer' };
      return { status: 200, body, headers: { 'cache-control': 'no-store' } };
    },
  };
}
