/** What one backend has open. */
export interface BackendLoad {
  /** Requests by server name, the Node side's own server left out. */
  readonly onServers: ReadonlyMap<string, number>;
  /** Requests that wait for a free place. */
  readonly queued: number;
}

/** By backend name. */
export type BackendLoads = ReadonlyMap<string, BackendLoad>;

/** Reads `show stat` of backends and servers. */
export function readStatistics(text: string): BackendLoads {
  const loads = new Map<string, { onServers: Map<string, number>; queued: number }>();
  for (const line of text.split('\n')) {
    // pxname,svname,qcur,qmax,scur,…
    const [backend, server, queued, , open] = line.split(',', 5);
    if (backend === undefined || server === undefined || backend.startsWith('#')) continue;
    const load = loads.get(backend) ?? { onServers: new Map<string, number>(), queued: 0 };
    // A request waits for one server, or for any of the backend.
    load.queued += Number(queued);
    if (server !== 'BACKEND' && server !== 'node') load.onServers.set(server, Number(open));
    loads.set(backend, load);
  }
  return loads;
}
