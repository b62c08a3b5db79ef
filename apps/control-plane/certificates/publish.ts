import { type CertificateTable, HintQueue, type Rows, type ServedCertificate } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';

/** Milliseconds before what failed is tried again. */
const RETRY_MS = 1_000;

/** Keeps the router's certificates in line with the store, from now on until the signal aborts. */
export async function publishCertificates(
  context: Pick<Context, 'store' | 'clock' | 'report'>,
  table: CertificateTable,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, report } = context;
  const hints = new HintQueue();
  const published = new Map<string, ReadonlyMap<string, string>>();

  const publishApp = async (appId: string): Promise<void> => {
    const before = published.get(appId) ?? new Map<string, string>();
    const wanted = await certificatesOf(store.rows, appId);
    const marks = new Map<string, string>();
    for (const { certificate, mark } of wanted) {
      marks.set(certificate.id, mark);
      if (before.get(certificate.id) === mark) continue;
      await table.putCertificate(certificate, signal).catch((error: unknown) => {
        // Trying it again would change nothing, and the others wait.
        if (!isPlatformError(error, 'invalid_params')) throw error;
        report('certificates.refused', { appId, certificate: certificate.id, error: String(error) });
      });
    }
    for (const id of before.keys()) if (!marks.has(id)) await table.removeCertificate(id, signal);
    if (marks.size > 0) published.set(appId, marks);
    else published.delete(appId);
  };

  const publishAll = async (): Promise<void> => {
    published.clear();
    const endpoints = await store.rows.sniEndpoints.list();
    await table.retainCertificates(
      endpoints.map((endpoint) => endpoint.id),
      signal,
    );
    for (const appId of new Set(endpoints.map((endpoint) => endpoint.appId))) hints.push(appId);
  };

  const listen = async (): Promise<void> => {
    while (!signal.aborted) {
      const changes = store.listen('app', signal, () => hints.push(''));
      await (async () => {
        for await (const appId of changes) hints.push(appId);
      })().catch((error: unknown) => report('certificates.listening-broken', { error: String(error) }));
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
    }
    hints.end();
  };

  const publish = async (): Promise<void> => {
    for await (const hint of hints) {
      if (signal.aborted) return;
      await (hint === '' ? publishAll() : publishApp(hint)).catch(async (error: unknown) => {
        if (signal.aborted) return;
        report('certificates.publishing-failed', { appId: hint, error: String(error) });
        await clock.sleep(RETRY_MS, signal).catch(() => undefined);
        hints.push(hint);
      });
    }
  };
  await Promise.all([listen(), publish()]);
}

/** The certificates of an app that domains use, each with a mark that changes whenever what is served does. */
async function certificatesOf(
  rows: Rows,
  appId: string,
): Promise<readonly { readonly certificate: ServedCertificate; readonly mark: string }[]> {
  const domains = Map.groupBy(await rows.domains.list({ appId }), (domain) => domain.sniEndpointId);
  return (await rows.sniEndpoints.list({ appId })).flatMap((endpoint) => {
    const hostnames = (domains.get(endpoint.id) ?? []).map((domain) => domain.hostname).sort();
    if (hostnames.length === 0) return [];
    const { id, certificateChain, privateKey, updatedAt } = endpoint;
    const mark = `${updatedAt.getTime()} ${hostnames.join(' ')}`;
    return [{ certificate: { id, hostnames, certificateChain, privateKey }, mark }];
  });
}
