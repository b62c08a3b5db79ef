import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createMemoryEngine,
  EventRecorder,
  engineConformance,
  MEMORY_PROGRAMS,
  sampleSpec,
} from '@jangada/conformance';
import { expect, onTestFinished, test } from 'vitest';
import { connectAgent, serveAgent } from './index.ts';

async function served(engine = createMemoryEngine()) {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-agent-'));
  const socket = join(folder, 'agent.sock');
  let server = await serveAgent(socket, engine);
  const agent = connectAgent(socket);
  return {
    engine,
    agent,
    socket,
    stopServing: () => server.close(),
    async serveAgain() {
      server = await serveAgent(socket, engine);
    },
    async close() {
      agent.close();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}

engineConformance('an engine behind an agent', async () => {
  const engine = createMemoryEngine({
    hasImage: (image) => image === 'memory',
    hasSlug: (digest) => !digest.endsWith('0'.repeat(64)),
  });
  const { agent, close } = await served(engine);
  return { engine: agent, image: 'memory', programs: MEMORY_PROGRAMS, close };
});

test('an agent that is not there is an engine that is not available, and found when it is back', async () => {
  const { agent, stopServing, serveAgain, close } = await served();
  const events = await EventRecorder.open(agent);
  await stopServing();
  await expect(events.ended).rejects.toMatchObject({ id: 'engine_unavailable' });
  await expect(agent.list()).rejects.toMatchObject({ id: 'engine_unavailable' });
  await serveAgain();
  expect(await agent.list()).toEqual([]);
  await close();
});

test('an engine that goes away ends the events of the agent with that', async () => {
  const { engine, agent, close } = await served();
  const events = await EventRecorder.open(agent);
  engine.setAvailable(false);
  await expect(events.ended).rejects.toMatchObject({ id: 'engine_unavailable' });
  await expect(agent.stats()).rejects.toMatchObject({ id: 'engine_unavailable' });
  await close();
});

test('a second agent on the same socket is refused', async () => {
  const { socket, close } = await served();
  await expect(serveAgent(socket, createMemoryEngine())).rejects.toMatchObject({ id: 'conflict' });
  await close();
});

test('a terminal that was hung up leaves no connection in the agent', async () => {
  const accepted: Socket[] = [];
  const note = (message: unknown): void => void accepted.push((message as { socket: Socket }).socket);
  subscribe('net.server.socket', note);
  onTestFinished(() => void unsubscribe('net.server.socket', note));
  const { agent, close } = await served();
  const { dynoId } = await agent.start(sampleSpec('memory', { command: MEMORY_PROGRAMS.forever() }));
  for (let session = 0; session < 10; session += 1) {
    const shell = await agent.exec(dynoId, MEMORY_PROGRAMS.forever(), null);
    shell.stream.destroy();
    expect(await shell.exited).toBe(129);
  }
  // What is left then are connections of terminals: those of calls are kept for the next.
  agent.close();
  expect(accepted.length).toBeGreaterThan(10);
  await expect.poll(() => accepted.filter((socket) => !socket.destroyed).length).toBe(0);
  await close();
});
