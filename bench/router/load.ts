import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** wrk's script: asks every host in turn, and prints what it saw in one line. */
const SCRIPT = `local n = tonumber(os.getenv("HOSTS"))
local m = math.min(n, 1000)
local i, reqs = 0, {}
init = function()
  for k = 0, m - 1 do reqs[k] = "GET / HTTP/1.1\\r\\nHost: h" .. math.floor(k * (n / m)) .. ".apps.test\\r\\n\\r\\n" end
end
request = function() i = i + 1; return reqs[i % m] end
done = function(s, l)
  local bad = s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout
  io.write(string.format("RESULT %d %d %d %d\\n", s.requests, s.duration, l:percentile(99), bad))
end
`;

export interface Load {
  readonly requestsPerSecond: number;
  /** Processor time of the proxy per request, in microseconds. */
  readonly cpuMicroseconds: number;
  /** The same of this process, which reads the log lines of the router. */
  readonly ownMicroseconds: number;
  readonly p99Ms: number;
  readonly failed: number;
}

/** Keep-alive requests to `hosts` names in turn for some seconds; `proxy` are the processes whose time is counted. */
export async function load(
  folder: string,
  port: number,
  hosts: number,
  durationSeconds: number,
  proxy: readonly number[],
): Promise<Load> {
  const script = join(folder, 'hosts.lua');
  await writeFile(script, SCRIPT);
  const before = { proxy: nanosecondsOf(proxy), own: process.cpuUsage() };
  const argv = ['-c', '1', 'wrk', '-t1', '-c64', `-d${durationSeconds}`, '-s', script, `http://127.0.0.1:${port}/`];
  const { stdout } = await run('taskset', argv, { env: { ...process.env, HOSTS: String(hosts) } });
  const spent = { proxy: nanosecondsOf(proxy) - before.proxy, own: process.cpuUsage(before.own) };
  const [, requests, microseconds, p99, failed] = (/RESULT (\d+) (\d+) (\d+) (\d+)/.exec(stdout) ?? []).map(Number);
  if (!requests || !microseconds) throw new Error(`wrk said nothing to count: ${stdout}`);
  return {
    requestsPerSecond: requests / (microseconds / 1e6),
    cpuMicroseconds: spent.proxy / 1e3 / requests,
    ownMicroseconds: (spent.own.user + spent.own.system) / requests,
    p99Ms: (p99 ?? 0) / 1_000,
    failed: failed ?? 0,
  };
}

/** Keeps processes on the first core; load, upstream and logs have the second. */
export async function pin(pids: readonly number[], core: number): Promise<void> {
  for (const pid of pids) await run('taskset', ['-acp', String(core), String(pid)]);
}

/** Whether a program is there. */
export function installed(program: string): Promise<boolean> {
  return run(program, ['-v']).then(
    () => true,
    (error: { code?: unknown }) => error.code !== 'ENOENT',
  );
}

/** Resolves once something listens. */
export async function answers(port: number): Promise<void> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (open) return;
    await delay(10);
  }
  throw new Error(`nothing listens on port ${port}`);
}

/** Processor time of all threads so far. */
function nanosecondsOf(pids: readonly number[]): number {
  const threads = pids.flatMap((pid) =>
    readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`),
  );
  return threads.reduce((sum, thread) => sum + Number(readFileSync(`${thread}/schedstat`, 'utf8').split(' ')[0]), 0);
}
