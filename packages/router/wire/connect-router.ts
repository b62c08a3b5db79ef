import type { AppLoad, AppRoute, CertificateTable, FedLine, LineFeed, RouteTable } from '@jangada/core';
import { connectWire } from '@jangada/wire';
import type { RouterStatus } from './serve-router.ts';

/** A router process as its peers see it. Every call throws `engine_unavailable` while it is down; streams throw when it goes. */
export interface RemoteRouter extends RouteTable, CertificateTable, LineFeed {
  status(signal?: AbortSignal): Promise<RouterStatus>;
  /** Asks for the orderly end of the router process and of HAProxy; resolves when the request has been taken. */
  shutdown(): Promise<void>;
  close(): void;
}

export function connectRouter(socketPath: string): RemoteRouter {
  const wire = connectWire(socketPath, 'router');
  return {
    put: async (route: AppRoute, signal) => void (await wire.call('put', route, signal)),
    remove: async (appId, signal) => void (await wire.call('remove', { appId }, signal)),
    retain: async (appIds, signal) => void (await wire.call('retain', { appIds }, signal)),
    inFlight: (appId, signal) => wire.call<Readonly<Record<string, number>>>('inFlight', { appId }, signal),
    loads: (signal) => wire.call<readonly AppLoad[]>('loads', null, signal),
    wakes: (signal) => wire.stream<string>('wakes', null, signal),
    putCertificate: async (certificate, signal) => void (await wire.call('putCertificate', certificate, signal)),
    removeCertificate: async (id, signal) => void (await wire.call('removeCertificate', { id }, signal)),
    retainCertificates: async (ids, signal) => void (await wire.call('retainCertificates', { ids }, signal)),
    putChallenge: async (token, answer, signal) => void (await wire.call('putChallenge', { token, answer }, signal)),
    removeChallenge: async (token, signal) => void (await wire.call('removeChallenge', { token }, signal)),
    lines: (cursor, signal) => wire.stream<readonly FedLine[]>('lines', { cursor }, signal),
    acknowledge: async (cursor) => void (await wire.call('acknowledge', { cursor })),
    status: (signal) => wire.call<RouterStatus>('status', null, signal),
    shutdown: async () => void (await wire.call('shutdown')),
    close: () => wire.close(),
  };
}
