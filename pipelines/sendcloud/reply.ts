import { classify, type Fault, type Meaning, type Method } from './answers.js';
import { decodeBody, parseBody } from './body.js';
import { BodyError } from './errors.js';
import type { Authorization } from './sign-in.js';
import type { HttpAnswer, HttpFailure } from './transport.js';

/** What an attempt came to. After `retry`, `reconcile`, `pause` or `fail` there is no answer, only a reason. */
export interface Outcome {
  meaning: Meaning;
  /** `http_503`, `redirect` or the fault's name. */
  reason: string;
  /** The system's name for a fault on the way. */
  code: string;
  status: number;
  /** The decompressed body of a `read`, as text and parsed; of a `reject` or `not_found` if it could be read. */
  text: string;
  json: unknown;
  serverDateMs: number | null;
  /** The Link header. */
  link: string | null;
}

/** An outcome with what is known around it. */
export interface Reply extends Outcome {
  receivedAtMs: number;
  retryAfterMs: number | null;
  authorization: Authorization | null;
}

/** Whether a call ended without any answer to it. */
export function isUnanswered({ meaning }: Outcome): boolean {
  return meaning === 'retry' || meaning === 'reconcile' || meaning === 'pause' || meaning === 'fail';
}

/** Reads an attempt: its status, or the fault that left it without a usable body. */
export function readReply(method: Method, answer: HttpAnswer | HttpFailure): Outcome {
  const nothing = { code: '', status: 0, text: '', json: undefined, serverDateMs: null, link: null };
  if ('fault' in answer) {
    return { ...nothing, meaning: classify(method, answer.fault), reason: answer.fault, code: answer.code };
  }
  const { status, serverDateMs, encoding, link } = answer;
  const meaning = classify(method, status);
  const reason = meaning === 'fail' ? 'redirect' : `http_${status}`;
  const reply = { ...nothing, meaning, reason, status, serverDateMs, link };
  if (!hasWords(meaning)) return reply;
  let fault: Fault | null = answer.bodyFault;
  try {
    const text = answer.bytes ? decodeBody(answer.bytes, encoding) : '';
    if (!fault) return { ...reply, text, json: parseBody(text) };
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    fault = error.code;
  }
  if (!fault) return reply;
  if (meaning === 'read') return { ...reply, meaning: classify(method, fault), reason: fault };
  // The API says in JSON what it rejects or does not know. A page instead is a gateway's: a parcel that was asked for stays due.
  const isOthers = method === 'GET' && (meaning === 'reject' || fault === 'not_json');
  return isOthers ? { ...reply, meaning: 'fail' } : reply;
}

/** Whether the body of such an answer says something. */
export function hasWords(meaning: Meaning): boolean {
  return meaning === 'read' || meaning === 'reject' || meaning === 'not_found';
}
