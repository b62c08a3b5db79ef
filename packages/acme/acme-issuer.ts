import { generateKeyPairSync } from 'node:crypto';
import { Agent } from 'node:https';
import type { CertificateIssuer, CertificatePair, CertificateTable } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import acme from 'acme-client';

export interface AcmeIssuerOptions {
  /** For example the production directory of Let's Encrypt. */
  readonly directoryUrl: string;
  /** Where the authority writes to when something is wrong with certificates; null: nowhere. */
  readonly email: string | null;
  /** PEM of the installation's key at this authority. */
  readonly accountKey: string;
  /** Where challenges are answered. */
  readonly challenges: Pick<CertificateTable, 'putChallenge' | 'removeChallenge'>;
  /** PEM of what the authority's own TLS is trusted by; null: what Node trusts. */
  readonly trust: string | null;
}

/** Milliseconds that one request to the authority may take. */
const REQUEST_MS = 30_000;

/** Asks for certificates over ACME with HTTP-01 (RFC 8555). Back-off is the caller's: nothing is tried again in here. */
export function createAcmeIssuer(options: AcmeIssuerOptions): CertificateIssuer {
  const { directoryUrl, email, accountKey, challenges, trust } = options;
  prepareHttp(trust);
  const client = new acme.Client({ directoryUrl, accountKey, backoffAttempts: 20, backoffMin: 500, backoffMax: 5_000 });

  const obtain = async (hostname: string, signal: AbortSignal): Promise<CertificatePair> => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const [, csr] = await acme.crypto.createCsr({ altNames: [hostname] }, key);
    const chain = await client.auto({
      csr,
      ...(email === null ? {} : { email }),
      termsOfServiceAgreed: true,
      challengePriority: ['http-01'],
      // The authority looks from outside; a look of our own could only fail where it succeeds.
      skipChallengeVerification: true,
      async challengeCreateFn(_authorization, challenge, answer) {
        signal.throwIfAborted();
        if (challenge.type !== 'http-01') throw new Error('The authority does not offer to look over HTTP (http-01).');
        await challenges.putChallenge(challenge.token, answer, signal);
      },
      challengeRemoveFn: (_authorization, challenge) => challenges.removeChallenge(challenge.token),
    });
    return { certificateChain: chain.trim(), privateKey: key.trim() };
  };

  return {
    async issue(hostname, signal) {
      signal.throwIfAborted();
      const ended = Promise.withResolvers<never>();
      const end = (): void => ended.reject(signal.reason);
      signal.addEventListener('abort', end, { once: true });
      try {
        return await Promise.race([obtain(hostname, signal), ended.promise]);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw translated(error);
      } finally {
        signal.removeEventListener('abort', end);
      }
    },
  };
}

/** An answer that asks us to come back later, caught before acme-client makes text of it. */
class TooMany extends Error {
  override readonly name = 'TooMany';
  readonly retryAfter: string | undefined;

  constructor(message: string, retryAfter: string | undefined) {
    super(message);
    this.retryAfter = retryAfter;
  }
}

let prepared = false;

/** acme-client has one HTTP client for all its instances. Left alone it sleeps through the longest Retry-After. */
function prepareHttp(trust: string | null): void {
  const { defaults, interceptors } = acme.axios as typeof acme.axios & {
    defaults: { acmeSettings: { retryMaxAttempts: number } };
  };
  defaults.acmeSettings.retryMaxAttempts = 0;
  defaults.timeout = REQUEST_MS;
  if (trust !== null) defaults.httpsAgent = new Agent({ ca: trust });
  if (prepared) return;
  prepared = true;
  interceptors.response.use((response) => {
    const detail = String((response.data as { detail?: unknown } | undefined)?.detail ?? `HTTP ${response.status}`);
    const retryAfter = response.headers['retry-after'] as string | undefined;
    if (response.status === 429 || response.status === 503) throw new TooMany(detail, retryAfter);
    return response;
  });
}

function translated(error: unknown): PlatformError {
  const said = error instanceof Error ? error.message : String(error);
  if (error instanceof TooMany) {
    const seconds = secondsOf(error.retryAfter);
    return new PlatformError('rate_limit', `The certificate authority wants to be asked later: ${said}`, {
      ...(seconds === null ? {} : { params: { retryAfter: String(seconds) } }),
      cause: error,
    });
  }
  return new PlatformError('conflict', `The certificate authority said: ${said.slice(0, 500)}`, { cause: error });
}

/** Retry-After: seconds or a date (RFC 9110, 10.2.3). */
function secondsOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, Math.ceil(seconds)) : null;
}
