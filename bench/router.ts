import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@jangada/conformance/free-port';
import { Router } from '@jangada/router';
import { median, type Row } from './measure.ts';
import { releasesUnderLoad, route, routeChanges } from './router/changes.ts';
import { installed, type Load, load, pin } from './router/load.ts';
import { type LogReader, startLogReader } from './router/log-reader.ts';
import { portsOf, type RunningNginx, startProxy, startUpstream, type Upstream } from './router/nginx.ts';

const TABLES = [
  { hosts: 10, apps: 10 },
  { hosts: 1_000, apps: 1_000 },
  { hosts: 20_000, apps: 1_000 },
] as const;
const SECONDS = 1;
const ROUNDS = 9;
/** Load before the first rounds of a table: Node compiles what reads the log lines while it is used. */
const WARM_UP_SECONDS = 3;

/**
 * The router against nginx as Dokku configures it and against nginx with connections kept, one core each, in turn. The latter
 * hands each log line to a reader at once, as the router does; beside it, one that writes them to a file (docs/decisions/0090).
 */
export async function routerRows(): Promise<readonly Row[]> {
  const missing: string[] = [];
  for (const program of ['nginx', 'wrk', 'taskset', 'haproxy']) if (!(await installed(program))) missing.push(program);
  if (missing.length > 0) {
    process.stderr.write(
      `router: not measured, ${missing.join(' and ')} missing. \`bin/jangada prepare --bench\` installs it.\n`,
    );
    return [];
  }
  const folder = await mkdtemp(join(tmpdir(), 'jangada-bench-'));
  const upstream = await startUpstream(folder);
  const reader = await startLogReader();
  const httpPort = await freePort();
  const done = new AbortController();
  const router = await startRouter(folder, httpPort, done.signal);
  const rows: Row[] = [];
  try {
    // The router's log lines are read on the core of the load: nginx writes its own on the first.
    await pin([...upstream.workers(), process.pid], 1);
    await pin([(await router.haproxyPid())!], 0);
    for (const table of TABLES) rows.push(...(await compare(folder, router, httpPort, upstream, reader, table)));
    rows.push(await releasesUnderLoad(router, httpPort), ...(await routeChanges(router, httpPort)));
  } finally {
    done.abort();
    await router.stop(200);
    await router.close();
    await upstream.stop();
    await reader.close();
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
  reader: LogReader,
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
  const proxy = (name: string, keepsConnections: boolean, logPort: number | null): Promise<RunningNginx> =>
    startProxy(folder, { name, keepsConnections, logPort }, hosts, apps, upstream.ports);
  const dokku = await proxy('dokku', false, null);
  const keepalive = await proxy('keepalive', true, reader.port);
  const keepaliveToFile = await proxy('keepalive-to-file', true, null);
  const haproxy = [(await router.haproxyPid())!];
  try {
    await pin([...dokku.workers(), ...keepalive.workers(), ...keepaliveToFile.workers()], 0);
    await load(folder, httpPort, hosts, WARM_UP_SECONDS, haproxy);
    const rounds: Round[] = [];
    const of = (one: RunningNginx): Promise<Load> => load(folder, one.port, hosts, SECONDS, one.workers());
    for (let round = 0; round <= ROUNDS; round++) {
      const seen = {
        router: await load(folder, httpPort, hosts, SECONDS, haproxy),
        dokku: await of(dokku),
        keepalive: await of(keepalive),
        keepaliveToFile: await of(keepaliveToFile),
      };
      // The first one warms up.
      if (round > 0) rounds.push(seen);
    }
    if (reader.received() === 0) throw new Error('nginx sent no line of its log');
    return rowsOf(hosts, rounds);
  } finally {
    await dokku.stop();
    await keepalive.stop();
    await keepaliveToFile.stop();
  }
}

/** All in turn, in the same few seconds: what else the machine does falls on all of them. */
interface Round {
  readonly router: Load;
  readonly dokku: Load;
  readonly keepalive: Load;
  readonly keepaliveToFile: Load;
}

function rowsOf(hosts: number, rounds: readonly Round[]): readonly Row[] {
  const of = (proxy: keyof Round, figure: keyof Load): number => median(rounds.map((round) => round[proxy][figure]));
  const faster = rounds.map(({ router, dokku }) => router.requestsPerSecond / dokku.requestsPerSecond);
  const against = (floor: 'keepalive' | 'keepaliveToFile'): number[] =>
    rounds.map((round) => round.router.cpuMicroseconds / round[floor].cpuMicroseconds);
  const dearer = against('keepalive');
  const failed = rounds.reduce((sum, { router }) => sum + router.failed, 0);
  const rate = (proxy: keyof Round): string =>
    `${Math.round(of(proxy, 'requestsPerSecond'))}/s, p99 ${of(proxy, 'p99Ms').toFixed(1)} ms`;
  const cost = (proxy: keyof Round): string => `${of(proxy, 'cpuMicroseconds').toFixed(1)} µs`;
  const spread = (ratios: readonly number[]): string =>
    `${median(ratios).toFixed(2)} × (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`;
  return [
    {
      name: `router with logging, ${hosts} hosts, against nginx as Dokku’s${failed > 0 ? `, ${failed} FAILED` : ''}`,
      measured: rate('router'),
      floor: rate('dokku'),
      relation: spread(faster),
      target: 'at least 1.60 ×',
      met: median(faster) >= 1.6 && failed === 0,
    },
    {
      name: `router, processor time a request, ${hosts} hosts, against nginx with keep-alive`,
      measured: `${cost('router')}, its log lines ${of('router', 'ownMicroseconds').toFixed(1)} µs`,
      floor: `${cost('keepalive')}; its log in a file: ${cost('keepaliveToFile')}`,
      relation: `${spread(dearer)}; ${spread(against('keepaliveToFile'))}`,
      target: 'at most 1.10 ×',
      met: median(dearer) <= 1.1,
    },
  ];
}
