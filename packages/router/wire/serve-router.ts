import type { AppRoute, ServedCertificate } from '@jangada/core';
import { type Handlers, serveWire, type WireServer } from '@jangada/wire';
import type { Router } from '../router.ts';

/** Serves a router on a unix socket. `shutdown` is called when a peer asks for the end of router and HAProxy. */
export function serveRouter(socketPath: string, router: Router, shutdown: () => void): Promise<WireServer> {
  const handlers: Handlers = {
    calls: {
      put: (route: AppRoute, signal: AbortSignal) => router.put(route, signal),
      remove: ({ appId }: { appId: string }, signal: AbortSignal) => router.remove(appId, signal),
      retain: ({ appIds }: { appIds: readonly string[] }, signal: AbortSignal) => router.retain(appIds, signal),
      inFlight: ({ appId }: { appId: string }, signal: AbortSignal) => router.inFlight(appId, signal),
      loads: (_input: null, signal: AbortSignal) => router.loads(signal),
      putCertificate: (certificate: ServedCertificate, signal: AbortSignal) =>
        router.putCertificate(certificate, signal),
      removeCertificate: ({ id }: { id: string }, signal: AbortSignal) => router.removeCertificate(id, signal),
      retainCertificates: ({ ids }: { ids: readonly string[] }, signal: AbortSignal) =>
        router.retainCertificates(ids, signal),
      putChallenge: ({ token, answer }: { token: string; answer: string }, signal: AbortSignal) =>
        router.putChallenge(token, answer, signal),
      removeChallenge: ({ token }: { token: string }, signal: AbortSignal) => router.removeChallenge(token, signal),
      acknowledge: ({ cursor }: { cursor: string }) => router.acknowledge(cursor),
      status: async () => ({ pid: process.pid, haproxyPid: await router.haproxyPid() }) satisfies RouterStatus,
      shutdown: async () => {
        // The answer goes out first.
        setImmediate(shutdown);
      },
    },
    streams: {
      wakes: (_input: null, signal: AbortSignal) => router.wakes(signal),
      lines: ({ cursor }: { cursor: string | null }, signal: AbortSignal) => router.lines(cursor, signal),
    },
  };
  return serveWire(socketPath, handlers);
}

export interface RouterStatus {
  readonly pid: number;
  /** Null while HAProxy restarts. */
  readonly haproxyPid: number | null;
}
