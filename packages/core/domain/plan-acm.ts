import type { Domain } from './domain.ts';

/** What an automatic certificate of one domain needs now. */
export type AcmStep =
  /** Nothing, ever: the app does not want it, or a person gave the domain a certificate. */
  | { readonly do: 'nothing' }
  /** It cannot be had. */
  | { readonly do: 'refuse'; readonly reason: string }
  /** Look again at this moment. */
  | { readonly do: 'wait'; readonly until: Date }
  | { readonly do: 'issue' };

export interface AcmInput {
  readonly now: Date;
  /** The app has automatic certificates on. */
  readonly acm: boolean;
  readonly domain: Domain;
  /** The certificate that the domain uses; null: none. */
  readonly certificate: UsedCertificate | null;
}

export interface UsedCertificate {
  readonly acm: boolean;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  /** When the platform put it in its place. */
  readonly keptAt: Date;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** A certificate is renewed this long before its end; one of a short life when a third of that is left. */
const RENEW_MS = 30 * DAY_MS;
const RENEW_PART = 1 / 3;

/** A new certificate is kept for a quarter of the time that there is for renewing it, or for this long, whatever the clock says. */
const KEEP_MS = DAY_MS;
const KEEP_PART = 1 / 4;

/** Waits after a failed try: they double from the first to the longest. */
const FIRST_RETRY_MS = 60 * 1000;
const LONGEST_RETRY_MS = 6 * 60 * 60 * 1000;

/** A domain that has no certificate and failed this often waits for a person (`certs:auto:refresh`). */
const MAX_FAILURES = 12;

/** Names that no public authority can reach (RFC 6761, 6762, 8375, 9476). */
const PRIVATE_NAME = /(^|\.)(localhost|test|example|invalid|local|internal|onion|alt|home\.arpa)$/;

/** Decides about one domain. */
export function planAcm({ now, acm, domain, certificate }: AcmInput): AcmStep {
  if (!acm || domain.kind !== 'custom' || certificate?.acm === false) return { do: 'nothing' };
  if (domain.hostname.startsWith('*.')) {
    return { do: 'refuse', reason: 'Wildcard domains need a certificate of your own: heroku certs:add.' };
  }
  if (PRIVATE_NAME.test(domain.hostname)) {
    return { do: 'refuse', reason: 'The name is not public: no certificate authority can reach it.' };
  }
  const renewal = certificate ? renewalOf(certificate, now) : now;
  const next = domain.acmRetryAt !== null && domain.acmRetryAt > renewal ? domain.acmRetryAt : renewal;
  if (certificate === null && domain.acmStatus === 'failed') return { do: 'nothing' };
  return next > now ? { do: 'wait', until: next } : { do: 'issue' };
}

function renewalOf({ startsAt, expiresAt, keptAt }: UsedCertificate, now: Date): Date {
  const window = Math.min(RENEW_MS, (expiresAt.getTime() - startsAt.getTime()) * RENEW_PART);
  const due = expiresAt.getTime() - window;
  // By a clock that is far ahead every new certificate is due at once: without a pause they would be ordered one after the other.
  // Once that clock is put back the pause would begin in the future, and the certificate might end before.
  const pauseEnd = keptAt > now ? due : keptAt.getTime() + Math.min(KEEP_MS, window * KEEP_PART);
  return new Date(Math.max(due, pauseEnd));
}

/** How a domain stands after a failed try. `retryAfterMs`: what the authority asked for; null: it did not say. */
export function afterFailure(
  now: Date,
  domain: Domain,
  served: boolean,
  reason: string,
  retryAfterMs: number | null,
): Pick<Domain, 'acmStatus' | 'acmStatusReason' | 'acmFailures' | 'acmRetryAt'> {
  const acmFailures = domain.acmFailures + 1;
  const pause = Math.min(FIRST_RETRY_MS * 2 ** (acmFailures - 1), LONGEST_RETRY_MS);
  const gaveUp = !served && acmFailures >= MAX_FAILURES;
  return {
    acmStatus: gaveUp ? 'failed' : 'failing',
    acmStatusReason: reason,
    acmFailures,
    acmRetryAt: new Date(now.getTime() + Math.max(pause, retryAfterMs ?? 0)),
  };
}
