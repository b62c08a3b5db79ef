import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@jangada/conformance/free-port';
import { answers } from './load.ts';

/** Body of 101 bytes, as small answers have. */
const SMALL = 'x'.repeat(101);

export interface RunningNginx {
  readonly port: number;
  /** Process ids of the workers. */
  workers(): readonly number[];
  stop(): Promise<void>;
}

/** Ports of the upstream's servers: app `a` has its dynos on two of them. */
export interface Upstream extends RunningNginx {
  readonly ports: readonly number[];
}

/** The web server behind all proxies: one worker, four ports, nothing but a small answer that names its port. */
export async function startUpstream(folder: string): Promise<Upstream> {
  const ports = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const running = await start(join(folder, 'upstream'), ports[0]!, [
    'access_log off; keepalive_timeout 600; keepalive_requests 100000000; tcp_nodelay on;',
    `server { ${ports.map((port) => `listen 127.0.0.1:${port} backlog=4096;`).join(' ')}`,
    '  add_header X-Up $server_port;',
    `  location / { default_type text/plain; return 200 "${SMALL}"; }`,
    '}',
  ]);
  return { ...running, ports };
}

/** How nginx forwards: as Dokku's template makes it, without connections kept to the upstream, or with them; and where its log goes. */
export interface ProxyKind {
  readonly name: string;
  readonly keepsConnections: boolean;
  /** A UDP port on the loopback whose reader gets each line at once (syslog); null: a file, as with Dokku. */
  readonly logPort: number | null;
}

/** nginx as a proxy for `hosts` names of `apps` apps, with its access log. */
export async function startProxy(
  folder: string,
  kind: ProxyKind,
  hosts: number,
  apps: number,
  ports: readonly number[],
): Promise<RunningNginx> {
  const port = await freePort();
  const home = join(folder, `${kind.name}-${hosts}`);
  const upstreams = Array.from({ length: apps }, (_, app) => {
    const servers = portsOf(app, ports).map((upstream) => `server 127.0.0.1:${upstream};`);
    return `upstream a${app} { ${servers.join(' ')} ${kind.keepsConnections ? 'keepalive 64;' : ''} }`;
  });
  const connection = kind.keepsConnections ? '$upgrade_or_nothing' : '"upgrade"';
  const servers = Array.from({ length: hosts }, (_, host) =>
    [
      `server { listen 127.0.0.1:${port}; server_name h${host}.apps.test;`,
      `location / { proxy_pass http://a${host % apps}; proxy_http_version 1.1;`,
      `proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection ${connection};`,
      'proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Port $server_port;',
      'proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-Start $msec; } }',
    ].join(' '),
  );
  const log = kind.logPort === null ? join(home, 'access.log') : `syslog:server=127.0.0.1:${kind.logPort},nohostname`;
  return start(home, port, [
    `access_log ${log} combined; keepalive_requests 10000000;`,
    'server_names_hash_max_size 200000; server_names_hash_bucket_size 128;',
    "map $http_upgrade $upgrade_or_nothing { default upgrade; '' ''; }",
    ...upstreams,
    ...servers,
  ]);
}

/** The two upstream ports of an app. */
export function portsOf(app: number, ports: readonly number[]): number[] {
  return [0, 1].map((dyno) => ports[(2 * app + dyno) % ports.length]!);
}

async function start(folder: string, port: number, http: readonly string[]): Promise<RunningNginx> {
  await mkdir(folder, { recursive: true });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const lines = [
    `daemon off; user root; worker_processes 1; pid ${join(folder, 'nginx.pid')}; error_log ${join(folder, 'error.log')};`,
    'worker_rlimit_nofile 20000; events { worker_connections 20000; }',
    'http {',
    ...temporary,
    ...http,
    '}',
  ];
  const config = join(folder, 'nginx.conf');
  await writeFile(config, lines.join('\n'));
  const child: ChildProcess = spawn('nginx', ['-p', folder, '-c', config], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await answers(port);
  return {
    port,
    workers: () => childrenOf(child.pid ?? 0),
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return children.split(' ').filter(Boolean).map(Number);
}
