import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { EventRecorder, engineConformance, readAll, readLines, SHELL_PROGRAMS, sampleSpec } from '@jangada/conformance';
import { type DynoSpec, homeLayout, socketsOf } from '@jangada/core';
import { type AgentClient, connectAgent } from '@jangada/engine-agent';
import { createDockerEngine } from '@jangada/engine-docker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const IMAGE = 'test-base:1';

/** A node agent as a process of its own, for an installation of its own. */
class AgentProcess {
  readonly root: string;
  readonly installId = randomBytes(6).toString('hex');
  readonly client: AgentClient;
  #child: ChildProcess | null = null;

  private constructor(root: string) {
    this.root = root;
    this.client = connectAgent(socketsOf(homeLayout(root)).agent);
  }

  static async open(): Promise<AgentProcess> {
    const agent = new AgentProcess(await mkdtemp(join(tmpdir(), 'jangada-agent-')));
    await agent.start();
    return agent;
  }

  /** Resolves when it says that it serves. */
  async start(env: Record<string, string> = {}): Promise<void> {
    const main = new URL('./main.ts', import.meta.url).pathname;
    this.#child = spawn(process.execPath, [main], {
      env: { ...process.env, JANGADA_HOME: this.root, JANGADA_INSTALL_ID: this.installId, ...env },
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    for await (const line of createInterface({ input: this.#child.stderr! })) {
      if (JSON.parse(line).event === 'ready') return;
    }
    throw new Error('the agent ended before it was ready');
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#child!;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
    return child.exitCode;
  }

  /** What Docker says of a dyno, also while there is no agent. */
  async statusInDocker({ dynoId }: DynoSpec): Promise<string> {
    const container = `jangada-${this.installId}-${dynoId}`;
    const { stdout } = await promisify(execFile)('docker', ['inspect', '--format', '{{.State.Status}}', container]);
    return stdout.trim();
  }

  async close(): Promise<void> {
    this.client.close();
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await this.end('SIGTERM');
    const engine = createDockerEngine({
      installId: this.installId,
      home: homeLayout(this.root),
      slugFile: () => '',
    });
    await engine.open();
    await engine.teardown();
    await engine.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

engineConformance('the node agent', async () => {
  const agent = await AgentProcess.open();
  return { engine: agent.client, image: IMAGE, programs: SHELL_PROGRAMS, close: () => agent.close() };
});

describe('the node agent', () => {
  let agent: AgentProcess;
  beforeAll(async () => {
    agent = await AgentProcess.open();
  });
  afterAll(() => agent.close());

  const ticker = (name: string) =>
    sampleSpec(IMAGE, {
      name,
      command: ['sh', '-c', 'i=0; while :; do echo "tick $i"; i=$((i+1)); sleep 0.02; done'],
    });

  test('an agent that is killed leaves dynos running, and the next one goes on with their output, each line once', async () => {
    const worker = ticker('worker.1');
    const { startedAt } = await agent.client.start(worker);
    const seen: string[] = [];
    const isTick = (text: string): boolean => text.startsWith('tick');
    // The hub's part: read, keep, acknowledge.
    const reader = (async () => {
      for await (const batch of agent.client.lines(null, AbortSignal.timeout(20_000))) {
        seen.push(...batch.map(({ line }) => line.text).filter(isTick));
        await agent.client.acknowledge(batch.at(-1)!.cursor).catch(() => undefined);
      }
    })().catch(() => undefined);
    await expect.poll(() => seen.length).toBeGreaterThan(30);
    const written = (): Promise<string> =>
      readFile(join(agent.root, 'run', 'agent-output.json'), 'utf8').catch(() => '');
    await expect.poll(written).toContain('tick');
    await agent.end('SIGKILL');
    await reader;
    await new Promise((resolve) => setTimeout(resolve, 300));
    await agent.start();
    const rest = await readLines(agent.client, worker.appId, 60);
    const numbers = [...seen, ...rest].map((text) => Number(text.split(' ')[1]));
    const [dyno] = await agent.client.list();
    expect(dyno).toMatchObject({ dynoId: worker.dynoId, state: 'running', startedAt });
    // Acknowledgements are written down every 100 ms: the last moment before the kill may come twice, nothing may be missing.
    const first = Number(rest[0]?.split(' ')[1]);
    expect(first).toBeLessThanOrEqual(seen.length);
    expect(first).toBeGreaterThan(0);
    expect(rest.map((text) => Number(text.split(' ')[1]))).toEqual(rest.map((_, index) => first + index));
    expect(numbers.slice(0, seen.length)).toEqual(seen.map((_, index) => index));
    await agent.client.stop(worker.dynoId, 0);
  });

  test('a dyno that ends while no agent is there is told with its code and its last words', async () => {
    const worker = sampleSpec(IMAGE, { command: ['sh', '-c', 'echo begun; sleep 0.5; echo last words; exit 4'] });
    await agent.client.start(worker);
    await readLines(agent.client, worker.appId, 1);
    await agent.end('SIGKILL');
    await expect.poll(() => agent.statusInDocker(worker)).toBe('exited');
    await agent.start();
    expect(await agent.client.list()).toMatchObject([{ state: 'exited', exitCode: 4 }]);
    expect(await readLines(agent.client, worker.appId, 2)).toEqual(['begun', 'last words']);
    expect(await agent.client.stop(worker.dynoId, 0)).toEqual({ exitCode: 4, killed: false });
  });

  test('a port that was bound is known to the next agent', async () => {
    const web = sampleSpec(IMAGE, { command: SHELL_PROGRAMS.listen(5123), port: 5123 });
    await agent.client.start(web);
    const events = await EventRecorder.open(agent.client);
    await expect.poll(async () => (await agent.client.list())[0]?.listening).toBe(true);
    await events.stop();
    await agent.end('SIGKILL');
    await agent.start();
    await expect.poll(async () => (await agent.client.list())[0]?.listening).toBe(true);
    await agent.client.stop(web.dynoId, 0);
  });

  test('an agent that is asked to stop does so by itself and leaves dynos running', async () => {
    const worker = ticker('worker.2');
    await agent.client.start(worker);
    expect(await agent.end('SIGTERM')).toBe(0);
    await agent.start();
    expect(await agent.client.list()).toMatchObject([{ dynoId: worker.dynoId, state: 'running' }]);
    await agent.client.stop(worker.dynoId, 0);
  });

  test('a one-off whose client dies is killed', async () => {
    const run = sampleSpec(IMAGE, { command: ['sleep', '3600'], name: 'run.1', captureOutput: false });
    const other = connectAgent(socketsOf(homeLayout(agent.root)).agent);
    const events = await EventRecorder.open(agent.client);
    const terminal = await other.run(run, { columns: 80, rows: 24 });
    terminal.stream.destroy();
    other.close();
    await events.until('exited', run.dynoId);
    expect((await agent.client.stop(run.dynoId, 0)).exitCode).toBe(137);
    await events.stop();
  });

  test('without an engine the agent serves and says so', async () => {
    await agent.end('SIGTERM');
    await agent.start({ DOCKER_SOCKET: join(agent.root, 'nothing.sock') });
    await expect(agent.client.list()).rejects.toMatchObject({
      id: 'engine_unavailable',
      message: expect.stringContaining('nothing.sock'),
    });
    await agent.end('SIGTERM');
    await agent.start();
    const terminal = await agent.client.run(
      sampleSpec(IMAGE, { command: ['echo', 'back'], captureOutput: false }),
      null,
    );
    expect(await readAll(terminal.stream)).toBe('back\n');
  });
});
