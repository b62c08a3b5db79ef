import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDocker } from '../docker-api.ts';
import { buildGuardChains, removeGuard } from '../firewall.ts';
import { defaultBridge } from '../network.ts';
import { TEST_IMAGE } from '../test-installation.ts';
import { createBuildGuard } from './build-guard.ts';
import { createDockerImages } from './docker-images.ts';

const run = promisify(execFile);
const installId = randomBytes(6).toString('hex');
const socketPath = '/var/run/docker.sock';
const bounds = { memory: 6 * 1024 ** 3, cpuShares: 512, pids: 1_000 };
const reports: string[] = [];
const report = (event: string, detail?: unknown): void => void reports.push(`${event} ${JSON.stringify(detail)}`);
const images = createDockerImages({
  installId,
  socketPath,
  guard: createBuildGuard({ installId, socketPath, publicPorts: [], bounds, report }),
});

let bridge: string;
beforeAll(async () => {
  const api = connectDocker(socketPath);
  bridge = await defaultBridge(api);
  api.close();
});
afterAll(async () => {
  await removeGuard(buildGuardChains(installId, bridge, []));
  for (const imageId of await images.list()) await images.remove(imageId);
});

/** What a RUN prints. */
async function printed(script: string): Promise<string> {
  const context = pack();
  context.entry({ name: 'Dockerfile' }, `FROM ${TEST_IMAGE}\nRUN : ${randomUUID()}; ${script}`);
  context.finalize();
  let output = '';
  await images.build(
    {
      buildId: randomUUID(),
      context: Readable.from(context),
      dockerfile: 'Dockerfile',
      target: null,
      buildArgs: {},
      secrets: {},
      cacheScope: 'guard',
    },
    (event) => {
      if (event.kind === 'output') output += event.text;
    },
    new AbortController().signal,
  );
  return output;
}

test('a step of a build reaches no listener of the machine and no metadata service, and is bounded', async () => {
  const { stdout } = await run('ip', ['-4', '-o', 'addr', 'show', 'dev', bridge]);
  const gateway = /inet (\d+\.\d+\.\d+\.\d+)\//.exec(stdout)![1]!;
  const server = createServer((socket) => socket.end()).listen(0, gateway);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const probe = `perl -MIO::Socket -e 'print IO::Socket::INET->new(PeerAddr => "${gateway}", PeerPort => ${port}, Timeout => 1.5) ? "open" : "closed"'`;
  const output = await printed(`${probe}; echo; cat /proc/self/cgroup`).finally(() => server.close());
  expect(output.split('\n')[0]).toBe('closed');
  expect(output).toMatch(/docker\/buildkit\//);
  expect(reports).toEqual([]);

  const { stdout: rules } = await run('iptables', ['-S']);
  expect(rules).toContain(`-A DOCKER-USER -i ${bridge} -j JANGADA-${installId}-BF`);
  expect(rules).toContain(`-A JANGADA-${installId}-BF -d 169.254.0.0/16 -j DROP`);
});
