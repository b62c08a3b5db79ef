import { randomUUID } from 'node:crypto';
import type { Engine, LineFeed, Terminal, Terminals } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { type Handlers, type Pipe, serveWire, type WireServer } from '@jangada/wire';
import type { AgentInputs, TerminalHead } from './protocol.ts';

/** How long the exit status of an ended terminal is kept for a client that asks late. */
const KEEP_EXITED_MS = 60_000;
/** A client asks for the exit status at once; one that has not by then died in between. */
const CLAIM_MS = 10_000;

interface ServedTerminal extends Terminal {
  /** The client is there. */
  claim(): void;
  kill(): void;
}

/** Lets other processes of this installation use the engine over a unix socket. Throws `conflict` when one is served there. */
export function serveAgent(socketPath: string, engine: Engine & Terminals & LineFeed): Promise<WireServer> {
  const terminals = new Map<string, ServedTerminal>();

  const serve = async (gone: AbortSignal, open: (signal: AbortSignal) => Promise<Terminal>): Promise<Pipe> => {
    const head: TerminalHead = { terminalId: randomUUID() };
    const killed = new AbortController();
    const terminal = await open(AbortSignal.any([gone, killed.signal]));
    const unclaimed = setTimeout(() => killed.abort(), CLAIM_MS).unref();
    const claim = (): void => clearTimeout(unclaimed);
    terminals.set(head.terminalId, { ...terminal, claim, kill: () => killed.abort() });
    const forget = (): void => {
      setTimeout(() => terminals.delete(head.terminalId), KEEP_EXITED_MS).unref();
    };
    terminal.exited.then(forget, forget);
    return { head, stream: terminal.stream };
  };
  const terminalOf = (terminalId: string): ServedTerminal => {
    const terminal = terminals.get(terminalId);
    if (!terminal) throw new PlatformError('not_found', 'That terminal has ended.', { resource: 'dyno' });
    return terminal;
  };

  const handlers: Handlers = {
    calls: {
      start: ({ spec }: AgentInputs['start'], signal) => engine.start(spec, signal),
      stop: ({ dynoId, graceMs }: AgentInputs['stop'], signal) => engine.stop(dynoId, graceMs, signal),
      list: (only: AgentInputs['list'], signal) => engine.list(only ?? {}, signal),
      stats: (_: null, signal) => engine.stats(signal),
      pause: async ({ dynoId }: AgentInputs['pause']) => able(engine.pause).call(engine, dynoId),
      resume: async ({ dynoId }: AgentInputs['resume']) => able(engine.resume).call(engine, dynoId),
      acknowledge: ({ cursor }: AgentInputs['acknowledge']) => engine.acknowledge(cursor),
      resize: async ({ terminalId, size }: AgentInputs['resize']) => terminalOf(terminalId).resize(size),
      hangUp: async ({ terminalId }: AgentInputs['hangUp']) => void terminalOf(terminalId).stream.destroy(),
      kill: async ({ terminalId }: AgentInputs['kill']) => terminalOf(terminalId).kill(),
      exited: async ({ terminalId }: AgentInputs['exited'], signal) => {
        const { exited, claim, kill } = terminalOf(terminalId);
        claim();
        signal.addEventListener('abort', kill, { once: true });
        return exited.finally(() => signal.removeEventListener('abort', kill));
      },
    },
    streams: {
      events: (_: null, signal) => engine.events(signal),
      lines: ({ cursor }: AgentInputs['lines'], signal) => engine.lines(cursor, signal),
    },
    pipes: {
      run: ({ spec, tty }: AgentInputs['run'], gone) => serve(gone, (signal) => engine.run(spec, tty, signal)),
      exec: ({ dynoId, command, tty }: AgentInputs['exec'], gone) =>
        serve(gone, (signal) => engine.exec(dynoId, command, tty, signal)),
    },
  };
  return serveWire(socketPath, handlers);
}

function able<Method>(method: Method | undefined): Method {
  if (method === undefined) throw new PlatformError('not_implemented', 'This engine cannot pause dynos.');
  return method;
}
