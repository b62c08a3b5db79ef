/** How Heroku names what happened to a request (behaviour 3.1). */
export interface HCode {
  readonly code: string;
  readonly desc: string;
  readonly at: 'error' | 'info' | 'warning';
  /** Status that the line shows. */
  readonly status: number;
  readonly sock?: 'backend' | 'client';
}

const TABLE = [
  { code: 'H10', desc: 'App crashed', at: 'error', status: 503 },
  { code: 'H11', desc: 'Backlog too deep', at: 'error', status: 503 },
  { code: 'H12', desc: 'Request timeout', at: 'error', status: 503 },
  { code: 'H13', desc: 'Connection closed without response', at: 'error', status: 503 },
  { code: 'H14', desc: 'No web processes running', at: 'error', status: 503 },
  { code: 'H15', desc: 'Idle connection', at: 'error', status: 503 },
  { code: 'H17', desc: 'Poorly formatted HTTP response', at: 'error', status: 503 },
  { code: 'H18', desc: 'Server Request Interrupted', at: 'error', status: 503, sock: 'backend' },
  { code: 'H19', desc: 'Backend connection timeout', at: 'error', status: 503 },
  { code: 'H20', desc: 'App boot timeout', at: 'error', status: 503 },
  { code: 'H21', desc: 'Backend connection refused', at: 'error', status: 503 },
  { code: 'H22', desc: 'Connection limit reached', at: 'error', status: 503 },
  { code: 'H25', desc: 'HTTP restriction: oversized cookie', at: 'error', status: 502 },
  { code: 'H26', desc: 'Request Error', at: 'error', status: 417 },
  { code: 'H27', desc: 'Client Request Interrupted', at: 'warning', status: 499, sock: 'client' },
  { code: 'H28', desc: 'Client Connection Idle', at: 'warning', status: 499 },
  { code: 'H31', desc: 'Misdirected Request', at: 'error', status: 421 },
  { code: 'H34', desc: 'All up dynos are quarantined', at: 'error', status: 503 },
  { code: 'H80', desc: 'Maintenance mode', at: 'info', status: 503 },
  { code: 'H81', desc: 'Blank app', at: 'info', status: 503 },
  { code: 'H99', desc: 'Platform error', at: 'error', status: 503 },
] as const satisfies readonly HCode[];

export type HCodeName = (typeof TABLE)[number]['code'];

const BY_NAME: ReadonlyMap<string, HCode> = new Map(TABLE.map((row) => [row.code, row]));

/** Null for a name that is not in the table. */
export function hCode(name: string): HCode | null {
  return BY_NAME.get(name) ?? null;
}

/** HAProxy's termination state: who ended the request (client, server, proxy; lower case: a time-out) and in which phase. */
const BY_TERMINATION: Readonly<Record<string, HCodeName>> = {
  SC: 'H21',
  sC: 'H19',
  sQ: 'H11',
  sH: 'H12',
  SH: 'H13',
  sD: 'H15',
  PH: 'H17',
  SD: 'H18',
  CD: 'H27',
  CH: 'H27',
  CQ: 'H27',
  CC: 'H27',
  cD: 'H28',
  cH: 'H28',
};

/** Answers of rules in plan/: how HAProxy ends them, with their status. */
const BY_RULE: Readonly<Record<string, HCodeName>> = {
  'LR 400': 'H26',
  'LR 417': 'H26',
  'LR 421': 'H31',
  'LR 503': 'H22',
  'PR 503': 'H11',
  'LH 502': 'H25',
};

/** The code of a request that a rule refused; null when none did. */
export function codeOfRefusal(termination: string, status: number): HCode | null {
  const name = BY_RULE[`${termination} ${status}`];
  return name === undefined ? null : hCode(name);
}

/**
 * The code of a request that HAProxy ended itself (router.md 7); null when nothing went wrong. `dyno` false: the request
 * was with the Node side, which failed, or held it for a dyno that did not come up within the limit that HAProxy had for a
 * request which it had tried elsewhere first. A WebSocket that either side just drops is not an error.
 */
export function codeOfTermination(termination: string, status: number, dyno: boolean): HCode | null {
  if (status === 101 && (termination === 'CD' || termination === 'SD')) return null;
  const name = BY_TERMINATION[termination];
  if (name === undefined) return null;
  if (!dyno && termination === 'sH') return hCode('H20');
  const byClient = termination[0] === 'C' || termination[0] === 'c';
  return hCode(dyno || byClient || termination === 'sQ' ? name : 'H99');
}
