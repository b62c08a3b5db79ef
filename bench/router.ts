import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router } from '@jangada/router';
import type { Row } from './measure.ts';
import { releasesUnderLoad, route, routeChanges } from './router/changes.ts';
import { installed, type Load, load, pin } from './router/load.ts';
import { freePort, portsOf, startProxy, startUpstream, type Upstream } from './router/nginx.ts';

const TABLES = [
  { hosts: 10, apps: 10 },
  { hosts: 1_000, apps: 1_000 },
  { hosts: 20_000, apps: 1_000 },
] as const;
const SECONDS = 1;
const ROUNDS = 2;

/** The router against nginx as Dokku configures it and against nginx with connections kept, one core each, in turn. */
export async function routerRows(): Promise<readonly Row[]> {
  const missing: string[] = [];
  for (const program of ['nginx', 'wrk', 'taskset', 'haproxy']) if (!(await installed(program))) missing.push(program);
  if (missing.length > 0) {
    process.stderr.write(
      `router: not measured, ${missing.join(' and ')} missing. Install the Debian package of that name.\n`,
    );
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), 'jangada-bench-'));
  const upstream = await startUpstream(folder);
  const httpPort = await freePort();
  const done = new AbortController();
  const router = await startRouter(folder, httpPort, done.signal);
  const rows: Row[] = [];
  try {
    await pin(upstream.workers(), 1);
    await pin([(await router.haproxyPid())!], 0);
    for (const table of TABLES) rows.push(...(await compare(folder, router, httpPort, upstream, table)));
    rows.push(await releasesUnderLoad(router, httpPort), ...(await routeChanges(router, httpPort)));
  } finally {
    done.abort();
    await router.stop(200);
    await router.close();
    await upstream.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return rows;
}

async function startRouter(folder: string, httpPort: number, done: AbortSignal): Promise<Router> {
  const router = await Router.load({
    folder,
    bind: '127.0.0.1',
    httpPort,
    httpsPort: 0,
    certificate: null,
    openFiles: 10_000,
    threads: 1,
    poolSize: 1_100,
    report: () => undefined,
  });
  await router.listen();
  await router.start();
  // Its lines are read and forgotten, as the control plane does.
  void (async () => {
    for await (const batch of router.lines(null, done)) {
      await router.acknowledge(batch.at(-1)!.cursor);
    }
  })();
  return router;
}

async function compare(
  folder: string,
  router: Router,
  httpPort: number,
  upstream: Upstream,
  { hosts, apps }: (typeof TABLES)[number],
): Promise<readonly Row[]> {
  for (let app = 0; app < apps; app++) {
    const names = Array.from({ length: hosts / apps }, (_, index) => `h${app + index * apps}.apps.test`);
    const dynos = portsOf(app, upstream.ports).map((port, index) => ({
      dynoId: `app-${app}-${index}`,
      name: `web.${index + 1}`,
      address: '127.0.0.1',
      port,
      state: 'up' as const,
    }));
    await router.put(route(`app-${app}`, names[0]!, dynos, names.slice(1)));
  }
  const haproxy = (await router.haproxyPid())!;
  const best: Record<'router' | 'dokku' | 'keepalive', Load | null> = { router: null, dokku: null, keepalive: null };
  const keep = (name: keyof typeof best, seen: Load): void => {
    if (best[name] === null || seen.requestsPerSecond > best[name].requestsPerSecond) best[name] = seen;
  };
  for (const kind of ['dokku', 'keepalive'] as const) {
    const proxy = await startProxy(folder, kind, hosts, apps, upstream.ports);
    try {
      await pin(proxy.workers(), 0);
      for (let round = 0; round < ROUNDS; round++) {
        keep('router', await load(folder, httpPort, hosts, SECONDS, [haproxy]));
        keep(kind, await load(folder, proxy.port, hosts, SECONDS, proxy.workers()));
      }
    } finally {
      await proxy.stop();
    }
  }
  return rowsOf(hosts, best.router!, best.dokku!, best.keepalive!);
}

function rowsOf(hosts: number, router: Load, dokku: Load, keepalive: Load): readonly Row[] {
  const faster = router.requestsPerSecond / dokku.requestsPerSecond;
  const dearer = router.cpuMicroseconds / keepalive.cpuMicroseconds;
  const rate = ({ requestsPerSecond, p99Ms }: Load): string =>
    `${Math.round(requestsPerSecond)}/s, p99 ${p99Ms.toFixed(1)} ms`;
  const cost = ({ cpuMicroseconds }: Load): string => `${cpuMicroseconds.toFixed(1)} µs`;
  return [
    {
      name: `router with logging, ${hosts} hosts, against nginx as Dokku’s${router.failed > 0 ? `, ${router.failed} FAILED` : ''}`,
      measured: rate(router),
      floor: rate(dokku),
      relation: `${faster.toFixed(2)} ×`,
      target: 'at least 1.60 ×',
      met: faster >= 1.6 && router.failed === 0,
    },
    {
      name: `router, processor time a request, ${hosts} hosts, against nginx with keep-alive`,
      measured: cost(router),
      floor: cost(keepalive),
      relation: `${dearer.toFixed(2)} ×`,
      target: 'at most 1.10 ×',
      met: dearer <= 1.1,
    },
  ];
}
