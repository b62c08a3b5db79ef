import {
  afterFailure,
  type CertificateIssuer,
  type CertificatePair,
  type Domain,
  describeCertificate,
  HintQueue,
  planAcm,
  type SniEndpoint,
  type UsedCertificate,
} from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import { logApi } from '../changes/api-log.ts';
import type { Context } from '../context.ts';
import { keepIssued } from './keep-issued.ts';

/** Milliseconds before what broke is tried again, and the longest time to the next look at an app. */
const RETRY_MS = 1_000;
const LONGEST_LOOK_MS = 12 * 60 * 60 * 1000;

/**
 * Gets and renews certificates for the custom domains of apps that want it, one after the other, until the signal aborts.
 * With several control planes one of them does it.
 */
export async function keepCertificates(
  context: Context,
  openIssuer: () => Promise<CertificateIssuer>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await context.store
      .exclusively('automatic certificates', signal, async (held) => issueUntil(context, await openIssuer(), held))
      .catch((error: unknown) => {
        if (!signal.aborted) context.report('acm.broken', { error: String(error) });
      });
    await context.clock.sleep(RETRY_MS, signal).catch(() => undefined);
  }
}

async function issueUntil(context: Context, issuer: CertificateIssuer, held: AbortSignal): Promise<void> {
  const broken = new AbortController();
  const signal = AbortSignal.any([held, broken.signal]);
  const hints = new HintQueue();
  const alarms = new Map<string, AbortController>();
  signal.addEventListener('abort', () => hints.end(), { once: true });

  const lookAgain = (appId: string, at: Date): void => {
    alarms.get(appId)?.abort();
    const alarm = new AbortController();
    alarms.set(appId, alarm);
    const pause = Math.min(Math.max(at.getTime() - context.clock.now().getTime(), 0), LONGEST_LOOK_MS);
    context.clock.sleep(pause, AbortSignal.any([alarm.signal, signal])).then(
      () => hints.push(appId),
      () => undefined,
    );
  };

  const listen = async (): Promise<void> => {
    for await (const appId of context.store.listen('app', signal, () => hints.push(''))) hints.push(appId);
    hints.end();
  };
  const work = async (): Promise<void> => {
    for await (const hint of hints) {
      if (signal.aborted) return;
      if (hint !== '') {
        const next = await lookAt(context, issuer, hint, signal);
        if (next !== null) lookAgain(hint, next);
        continue;
      }
      for (const app of await context.store.rows.apps.list({ acm: true })) hints.push(app.id);
    }
  };
  try {
    await Promise.all([listen(), work()]);
  } finally {
    broken.abort();
  }
}

/** Does what the domains of an app need now. The moment of the next look; null when a change will bring it. */
async function lookAt(
  context: Context,
  issuer: CertificateIssuer,
  appId: string,
  signal: AbortSignal,
): Promise<Date | null> {
  const { rows } = context.store;
  const app = await rows.apps.get(appId);
  if (!app?.acm) return null;
  const endpoints = new Map((await rows.sniEndpoints.list({ appId })).map((endpoint) => [endpoint.id, endpoint]));
  let next: Date | null = null;
  for (const domain of await rows.domains.list({ appId, kind: 'custom' })) {
    const endpoint = endpoints.get(domain.sniEndpointId ?? '') ?? null;
    const step = planAcm({ now: context.clock.now(), acm: true, domain, certificate: certificateOf(endpoint) });
    if (step.do === 'wait' && (next === null || step.until < next)) next = step.until;
    if (step.do === 'refuse' && domain.acmStatusReason !== step.reason) {
      await note(context, domain, { acmStatus: 'failed', acmStatusReason: step.reason });
    }
    if (step.do !== 'issue') continue;
    await issue(context, issuer, domain, endpoint, signal);
    next = context.clock.now();
  }
  return next;
}

async function issue(
  context: Context,
  issuer: CertificateIssuer,
  domain: Domain,
  endpoint: SniEndpoint | null,
  signal: AbortSignal,
): Promise<void> {
  await note(context, domain, { acmStatus: 'in-progress', acmStatusReason: null });
  let pair: CertificatePair;
  try {
    pair = await issuer.issue(domain.hostname, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = isPlatformError(error) ? error.message : 'The certificate authority could not be asked.';
    const retryAfter = isPlatformError(error) ? Number(error.params['retryAfter']) * 1_000 || null : null;
    context.report('acm.failed', { hostname: domain.hostname, error: String(error) });
    await note(context, domain, afterFailure(context.clock.now(), domain, endpoint !== null, reason, retryAfter));
    await logApi(context, domain.appId, [`No certificate for ${domain.hostname}: ${reason}`]);
    return;
  }
  await keepIssued(context, domain, pair);
}

/** Writes down where a domain stands, if it is still there and its app still wants certificates. */
async function note({ store, clock }: Context, { id, appId }: Domain, change: Partial<Domain>): Promise<void> {
  await store.transaction(async (tx) => {
    await tx.lock(appId);
    if ((await tx.apps.get(appId))?.acm) await tx.domains.update(id, { ...change, updatedAt: clock.now() });
  });
}

function certificateOf(endpoint: SniEndpoint | null): UsedCertificate | null {
  if (endpoint === null) return null;
  const { startsAt, expiresAt } = describeCertificate(endpoint.certificateChain);
  return { acm: endpoint.acm, startsAt, expiresAt, keptAt: endpoint.updatedAt };
}
