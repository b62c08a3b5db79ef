import type { Installation } from '../e2e/harness/installation.ts';
import { type WorkingCopy, workingCopy } from '../e2e/harness/sample-app.ts';
import { boundRow, median, type Row } from './measure.ts';
import { measureProcesses } from './start.ts';

const APPS = 200;
/** Asked for one after the other, for each of the API's answers below. */
const CALLS = 100;
/** Wakes of frozen dynos, of those that were made last. */
const WAKES = 60;
/** Apps that are set up side by side. */
const AT_ONCE = 4;

/** Minutes: the one sort is stopped soon, the other frozen for as long as the measuring takes. */
const STOPPED_SOON = '0.05';
const LONG_FROZEN = '1.5';

const PROGRAM = `use IO::Socket;
$SIG{TERM} = sub { exit 0 };
my $server = IO::Socket::INET->new(LocalPort => $ENV{PORT}, Listen => 64, ReuseAddr => 1) or die;
while (my $client = $server->accept) {
  while (<$client>) { last if /^\\r?\\n/ }
  print $client "HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\nok";
  close $client;
}
`;

/** 200 apps that sleep, half of them frozen and half stopped: what the API, the platform's processes and a wake cost then. */
export async function idleApps(platform: Installation): Promise<readonly Row[]> {
  const copy = await workingCopy(platform, {
    'package.json': '{"name": "idle", "version": "1.0.0"}',
    Procfile: 'web: perl server.pl\n',
    'server.pl': PROGRAM,
  });
  try {
    return await measure(platform, copy);
  } finally {
    await copy.remove();
  }
}

async function measure(platform: Installation, copy: WorkingCopy): Promise<readonly Row[]> {
  const api = async <Body>(method: string, path: string, body?: unknown): Promise<Body> => {
    const response = await platform.api(method, path, body);
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Body;
  };
  await copy.heroku(['apps:create', 'idle-source']);
  const push = await copy.push();
  if (push.status !== 0) throw new Error(push.output);
  const [release] = await api<{ slug: { id: string } | null }[]>('GET', '/apps/idle-source/releases').then((all) =>
    all.filter(({ slug }) => slug !== null),
  );
  const names = Array.from({ length: APPS }, (_, index) => `idle-${index}`);
  // Those that are to be frozen are made last: they are stopped too in the end.
  const isFrozen = (name: string): boolean => names.indexOf(name) >= APPS / 2;
  const before = await measureProcesses(platform, 5_000);

  await sideBySide(names, async (name) => {
    await api('POST', '/apps', { name });
    await api('PATCH', `/apps/${name}/config-vars`, {
      JANGADA_SLEEP_AFTER: isFrozen(name) ? LONG_FROZEN : STOPPED_SOON,
    });
    await api('POST', `/apps/${name}/releases`, { slug: release!.slug!.id });
  });
  for (const name of names) {
    for (;;) {
      const [dyno] = await api<{ state: string }[]>('GET', `/apps/${name}/dynos`);
      if (dyno?.state === 'idle') break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  const some = names.at(-1)!;
  const paths = ['/apps', `/apps/${some}`, `/apps/${some}/dynos`, `/apps/${some}/formation`];
  const rows: Row[] = [];
  for (const path of paths) {
    const times: number[] = [];
    for (let call = 0; call < CALLS; call++) times.push(await timeOf(() => platform.api('GET', path)));
    const shown = path.replace(some, ':app');
    rows.push(spreadRow(`GET ${shown} with ${APPS} idle apps (p95)`, times, 50));
  }
  const idle = await measureProcesses(platform, 10_000);
  const perApp = (idle.bytes - before.bytes) / APPS;
  rows.push(boundRow('memory of the platform for each idle app', perApp, 2 * 1024 ** 2, kilobytes));
  rows.push(boundRow(`processor time of the platform with ${APPS} idle apps`, idle.cpu, 0.05, cores));

  const over: number[] = [];
  for (const name of names.filter(isFrozen).slice(-WAKES)) {
    const woken = await timeOf(() => platform.fetchApp(name));
    over.push(woken - (await timeOf(() => platform.fetchApp(name))));
  }
  rows.push(spreadRow(`wake of a frozen dyno among ${APPS}, over its own answer (p95)`, over, 60));
  await sideBySide([...names, 'idle-source'], async (name) => {
    await api('DELETE', `/apps/${name}`);
  });
  return rows;
}

/** Milliseconds to the end of a good answer. */
async function timeOf(ask: () => Promise<Response>): Promise<number> {
  const begun = performance.now();
  const answer = await ask();
  await answer.arrayBuffer();
  if (!answer.ok) throw new Error(`${answer.url} answered ${answer.status}.`);
  return performance.now() - begun;
}

async function sideBySide(names: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  const waiting = [...names];
  const worker = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await work(name);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** A row whose 95th percentile counts; the median tells what of it is the machine's noise. */
function spreadRow(name: string, times: readonly number[], most: number): Row {
  const p95 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? Number.NaN;
  const row = boundRow(name, p95, most, milliseconds);
  return { ...row, measured: `${row.measured}, p50 ${milliseconds(median(times))}` };
}

const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;
const kilobytes = (bytes: number): string => `${Math.round(bytes / 1024)} kB`;
const cores = (part: number): string => `${(part * 100).toFixed(1)} % of a core`;
