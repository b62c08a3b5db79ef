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
  /** What the router may have, by app: the mark of each certificate, empty while nobody knows which one it has. */
  const published = new Map<string, Map<string, string>>();

  const publishApp = async (appId: string): Promise<void> => {
    const known = published.get(appId) ?? new Map<string, string>();
    published.set(appId, known);
    const wanted = await certificatesOf(store.rows, appId);
    for (const { certificate, mark } of wanted) {
      if (known.get(certificate.id) === mark) continue;
      known.set(certificate.id, '');
      await table.putCertificate(certificate, signal).catch((error: unknown) => {
        // Trying it again would change nothing, and the others wait.
        if (!isPlatformError(error, 'invalid_params')) throw error;
        report('certificates.refused', { appId, certificate: certificate.id, error: String(error) });
      });
      known.set(certificate.id, mark);
    }
    const used = new Set(wanted.map(({ certificate }) => certificate.id));
    for (const id of [...known.keys()].filter((each) => !used.has(each))) {
      await table.removeCertificate(id, signal);
      known.delete(id);
    }
    if (known.size === 0) published.delete(appId);
  };

  const publishAll = async (): Promise<void> => {
    const used = new Set((await store.rows.domains.list()).map((domain) => domain.sniEndpointId));
    const endpoints = (await store.rows.sniEndpoints.list()).filter(({ id }) => used.has(id));
    await table.retainCertificates(
      endpoints.map((endpoint) => endpoint.id),
      signal,
    );
    published.clear();
    for (const [appId, own] of Map.groupBy(endpoints, (endpoint) => endpoint.appId)) {
      published.set(appId, new Map(own.map(({ id }) => [id, ''])));
      hints.push(appId);
    }
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
