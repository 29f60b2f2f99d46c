/** What goes back over the wire. A body that is not a string is sent as JSON. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** An error as the API's JSON:API form has it. */
export function refuse(status: number, code: string, detail: string, source?: { parameter: string }): Answer {
  const error = { status: String(status), code, detail };
  return { status, body: { errors: [source ? { ...error, source } : error] } };
}

/** A 422 as the API has it: what is wrong with a request, place by place. */
export interface ValidationIssue {
  loc: (string | number)[];
  msg: string;
  type: string;
}

export function refuseInput(issues: ValidationIssue[]): Answer {
  return { status: 422, body: { detail: issues } };
}
