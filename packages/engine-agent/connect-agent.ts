import type { DynoStats, Engine, EngineDyno, EngineEvent, FedLine, LineFeed, Terminal, Terminals } from '@jangada/core';
import { connectWire, type WireClient } from '@jangada/wire';
import type { AgentInputs, TerminalHead } from './protocol.ts';

/** An engine in another process. All calls throw `engine_unavailable` while nothing answers; later calls find it again. */
export interface AgentClient extends Required<Engine>, Terminals, LineFeed {
  close(): void;
}

/** Dates as they travel. */
type Dated<Value> = { readonly [Key in keyof Value]: Date extends Value[Key] ? string | null : Value[Key] };

/** The engine that `serveAgent` offers on this socket. Connects when first used. */
export function connectAgent(socketPath: string): AgentClient {
  const wire = connectWire(socketPath, 'node agent');
  const send = <Name extends keyof AgentInputs, Output>(name: Name, input: AgentInputs[Name], signal?: AbortSignal) =>
    wire.call<Output>(name, input, signal);

  return {
    start: async (spec, signal) => revive(await send<'start', Dated<EngineDyno>>('start', { spec }, signal)),
    stop: (dynoId, graceMs, signal) => send('stop', { dynoId, graceMs }, signal),
    list: async (only, signal) =>
      (await send<'list', readonly Dated<EngineDyno>[]>('list', only ?? null, signal)).map(revive),
    events: (signal) => wire.stream<EngineEvent>('events', null, signal),
    stats: (signal) => wire.call<readonly DynoStats[]>('stats', null, signal),
    pause: (dynoId) => send('pause', { dynoId }),
    resume: (dynoId) => send('resume', { dynoId }),
    run: (spec, tty, signal) => openTerminal(wire, 'run', { spec, tty }, signal),
    exec: (dynoId, command, tty, signal) => openTerminal(wire, 'exec', { dynoId, command, tty }, signal),
    lines: (cursor, signal) => wire.stream<readonly FedLine[]>('lines', { cursor }, signal),
    acknowledge: (cursor) => send('acknowledge', { cursor }),
    close: () => wire.close(),
  };
}

async function openTerminal<Name extends 'run' | 'exec'>(
  wire: WireClient,
  name: Name,
  input: AgentInputs[Name],
  signal?: AbortSignal,
): Promise<Terminal> {
  const { head, stream } = await wire.pipe<TerminalHead>(name, input, signal);
  const { terminalId } = head;
  const kill = (): void => void wire.call('kill', { terminalId }).catch(() => undefined);
  if (signal?.aborted) kill();
  signal?.addEventListener('abort', kill, { once: true });
  stream.once('close', () => {
    if (!stream.readableEnded && !signal?.aborted) void wire.call('hangUp', { terminalId }).catch(() => undefined);
  });
  const exited = wire.call<number>('exited', { terminalId }).finally(() => signal?.removeEventListener('abort', kill));
  // Whoever only reads the stream need not care that the agent went away.
  exited.catch(() => undefined);
  return { stream, exited, resize: (size) => wire.call('resize', { terminalId, size }) };
}

function revive(dyno: Dated<EngineDyno>): EngineDyno {
  const date = (text: string | null): Date | null => (text === null ? null : new Date(text));
  return { ...dyno, startedAt: date(dyno.startedAt), exitedAt: date(dyno.exitedAt) };
}
