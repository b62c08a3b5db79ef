import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createConnection, createServer } from 'node:net';
import { promisify } from 'node:util';
import { EventRecorder, readAll, readLines, SHELL_PROGRAMS, sampleSpec } from '@jangada/conformance';
import { freePort } from '@jangada/conformance/free-port';
import type { DynoSpec } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LINE_COST, READ } from './dyno-output.ts';
import { parseSubnet } from './subnet.ts';
import { openTestInstallation, TEST_IMAGE, type TestInstallation } from './test-installation.ts';

const run = promisify(execFile);
const MEGABYTE = 1024 * 1024;

let installation: TestInstallation;
/** A port that the platform offers to the world: the router's. */
let publicPort: number;
beforeAll(async () => {
  publicPort = await freePort();
  installation = await openTestInstallation({ publicPorts: [publicPort] });
});
afterAll(() => installation.close());

const dyno = (command: readonly string[], change: Partial<DynoSpec> = {}): DynoSpec =>
  sampleSpec(TEST_IMAGE, { command, ...change });
const sh = (script: string): readonly string[] => ['sh', '-c', script];

/** What a command prints in a dyno of its own. */
async function printed(command: readonly string[], change: Partial<DynoSpec> = {}): Promise<string> {
  const { engine } = installation;
  const spec = dyno(command, { captureOutput: false, name: 'run.1', ...change });
  const terminal = await engine.run(spec, null);
  const text = await readAll(terminal.stream);
  await engine.stop(spec.dynoId, 0);
  return text.trim();
}

/** `open` or `closed`, as a dyno finds a TCP port. */
function probe(host: string, port: number): Promise<string> {
  const script =
    'print IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => $ARGV[1], Timeout => 1.5) ? "open" : "closed"';
  return printed(['perl', '-MIO::Socket', '-e', script, host, String(port)]);
}

async function gateway(): Promise<string> {
  const bridge = `jg-${installation.options.installId}`;
  const { stdout } = await run('ip', ['-4', '-o', 'addr', 'show', 'dev', bridge]);
  return /inet (\d+\.\d+\.\d+\.\d+)\//.exec(stdout)![1]!;
}

test('a dyno is an unprivileged user without capabilities, under seccomp, and cannot gain any', async () => {
  const status = await printed(sh('id -u; id -G; grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status'));
  const [user, groups, ...rest] = status.replaceAll('\t', ' ').split('\n');
  expect(Number(user)).toBeGreaterThanOrEqual(1_000);
  expect(groups).toBe(user);
  expect(rest).toEqual([
    'CapInh: 0000000000000000',
    'CapPrm: 0000000000000000',
    'CapEff: 0000000000000000',
    'CapBnd: 0000000000000000',
    'CapAmb: 0000000000000000',
    'NoNewPrivs: 1',
    'Seccomp: 2',
  ]);
});

test('io_uring, namespaces, mounts and keys are refused by the kernel', async () => {
  // Numbers of io_uring_setup, unshare, mount and keyctl on x86-64; 1 is EPERM. clone3 (435) is "not there" (38): the C
  // library then makes threads without it.
  const script = 'for my $call (425, 272, 165, 250, 435) { syscall($call, 0, 0, 0, 0, 0); print $! + 0, " " }';
  expect(await printed(['perl', '-e', script])).toBe('1 1 1 1 38');
});

test('only /app and /tmp can be written, and a program put into /tmp runs', async () => {
  const script = `touch /root.txt /etc/x /usr/x /home/x 2>/dev/null; ls /root.txt /etc/x /usr/x /home/x 2>/dev/null
    touch /app/x /tmp/x && ls /app/x /tmp/x
    echo 'echo runs' > /tmp/program && chmod +x /tmp/program && sh -c /tmp/program`;
  expect((await printed(sh(script))).split('\n')).toEqual(['/app/x', '/tmp/x', 'runs']);
});

test('a dyno finds no engine socket and no disk of the machine', async () => {
  const script = `ls /var/run/docker.sock /run/docker.sock 2>&1 | grep -c 'No such file'
    ls /dev | grep -cE '^(vd|sd|nvme|loop|mem|kmsg)'; dd if=/proc/kcore of=/dev/null bs=1 count=1 2>&1 | grep -c 'copied'`;
  expect((await printed(sh(script))).split('\n')).toEqual(['2', '0', '0']);
});

test('a dyno reaches no other dyno, which the machine does', async () => {
  const { engine } = installation;
  const web = dyno(SHELL_PROGRAMS.listen(5123), { port: 5123, name: 'web.1' });
  const events = await EventRecorder.open(engine);
  const { address } = await engine.start(web);
  await events.until('listening', web.dynoId);
  await connectTo(address!, 5123);
  expect(await probe(address!, 5123)).toBe('closed');
  await engine.stop(web.dynoId, 0);
  await events.stop();
});

/** Proves that what a dyno cannot reach is there. */
async function connectTo(host: string, port: number): Promise<void> {
  const socket = createConnection(port, host);
  await once(socket, 'connect');
  socket.destroy();
}

test('a dyno reaches the public ports of the platform, so that an app can call another by its URL', async () => {
  const host = await gateway();
  const server = createServer((socket) => socket.end());
  server.listen(publicPort, host);
  await once(server, 'listening');
  expect(await probe(host, publicPort)).toBe('open');
  server.close();
});

test('a dyno reaches no other listener of the machine', async () => {
  const host = await gateway();
  const server = createServer((socket) => socket.end());
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await connectTo(host, port);
  expect(await probe(host, port)).toBe('closed');
  server.close();
});

test('a dyno reaches the world outside, but no link-local address of it', async () => {
  const id = installation.options.installId;
  const [space, inside, outside] = [`jt-${id}`, `ji${id}`, `jo${id}`];
  // A world of its own: a namespace behind a pair of interfaces, with an address of each kind. TEST-NET-2 is nobody's.
  const world = `198.51.100.${(Number.parseInt(id.slice(0, 2), 16) % 60) * 4}`;
  const base = parseSubnet(`${world}/30`)!.base;
  const [near, far] = [1, 2].map((host) => `198.51.100.${(base + host) % 256}`);
  const metadata = `169.254.77.${Number.parseInt(id.slice(0, 2), 16) % 250}`;
  await run('ip', ['netns', 'add', space]);
  const ip = (...args: string[]) => run('ip', args);
  try {
    await ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', inside, 'netns', space);
    await ip('addr', 'add', `${near}/30`, 'dev', outside);
    await ip('link', 'set', outside, 'up');
    await ip('-n', space, 'addr', 'add', `${far}/30`, 'dev', inside);
    await ip('-n', space, 'addr', 'add', `${metadata}/32`, 'dev', inside);
    await ip('-n', space, 'link', 'set', inside, 'up');
    await ip('-n', space, 'route', 'add', 'default', 'via', near!);
    await ip('route', 'add', `${metadata}/32`, 'via', far!);
    const listener = execFile('ip', ['netns', 'exec', space, ...SHELL_PROGRAMS.listen(5999)]);
    await expect.poll(async () => (await run('ip', ['netns', 'exec', space, 'ss', '-ltn'])).stdout).toContain(':5999');
    await connectTo(metadata, 5999);
    expect(await probe(far!, 5999)).toBe('open');
    expect(await probe(metadata, 5999)).toBe('closed');
    listener.kill();
  } finally {
    await ip('netns', 'del', space);
    await ip('link', 'del', outside).catch(() => undefined);
  }
});

test('a fork bomb ends at the limit of processes', async () => {
  const script =
    'my $n = 0; for (1 .. 500) { my $p = fork; last unless defined $p; if (!$p) { sleep 60; exit } $n++ } print $n';
  const forked = Number(await printed(['perl', '-e', script]));
  expect(forked).toBeGreaterThan(50);
  expect(forked).toBeLessThan(64);
});

test('a dyno that takes more memory than its limit is killed, and that is told', async () => {
  const { engine } = installation;
  const limits = { ...dyno([]).limits, memoryQuota: 32 * MEGABYTE, memoryLimit: 64 * MEGABYTE };
  const hog = dyno(['perl', '-e', 'my $x = "x" x (400 * 1024 * 1024); sleep 60'], { limits });
  const events = await EventRecorder.open(engine);
  await engine.start(hog);
  await events.until('exited', hog.dynoId);
  await events.until('oom', hog.dynoId);
  expect(await engine.list()).toMatchObject([{ dynoId: hog.dynoId, oomKilled: true, exitCode: 137 }]);
  await engine.stop(hog.dynoId, 0);
  await events.stop();
});

test('a child that is killed for memory is told too, and its dyno goes on', async () => {
  const { engine } = installation;
  const limits = { ...dyno([]).limits, memoryQuota: 32 * MEGABYTE, memoryLimit: 64 * MEGABYTE };
  const parent = dyno(sh(`perl -e 'my $x = "x" x (400 * 1024 * 1024)'; echo survived; sleep 60`), { limits });
  const events = await EventRecorder.open(engine);
  await engine.start(parent);
  await events.until('oom', parent.dynoId);
  await readLines(engine, parent.appId, (texts) => texts.includes('survived'));
  expect(await engine.list()).toMatchObject([{ dynoId: parent.dynoId, oomKilled: true, state: 'running' }]);
  await engine.stop(parent.dynoId, 0);
  await events.stop();
});

test('a flood of output is read at a bounded pace, neither keeps its dyno from ending nor hides the lines of another', async () => {
  const { engine } = installation;
  const flood = dyno(
    sh(
      'timeout 4 yes "$(head -c 100 /dev/zero | tr "\\0" y)"; sleep 2; echo; while :; do echo the flood is over; sleep 1; done',
    ),
  );
  const other = dyno(sh('while :; do echo calm; sleep 0.1; done'), { name: 'worker.2' });
  const begun = performance.now();
  await engine.start(flood);
  await engine.start(other);
  const texts = await readLines(engine, flood.appId, (lines) => lines.at(-1) === 'the flood is over');
  const most = READ.burst + READ.perMs * (performance.now() - begun) + MEGABYTE;
  const dropped = texts.map((text) => Number(/^Error L10 .*: (\d+) messages dropped/.exec(text)?.[1] ?? 0));
  const read = texts.length + dropped.reduce((sum, count) => sum + count);
  expect(dropped.some((count) => count > 0)).toBe(true);
  expect(read * (101 + LINE_COST)).toBeLessThan(most);
  expect((await readLines(engine, other.appId, 10)).every((text) => text === 'calm')).toBe(true);
  expect((await engine.stop(flood.dynoId, 60_000)).killed).toBe(false);
  await engine.stop(other.dynoId, 0);
});
