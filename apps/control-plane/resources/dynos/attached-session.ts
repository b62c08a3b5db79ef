import { type Dyno, readAppSettings, type TerminalSize } from '@jangada/core';
import type { Context } from '../../context.ts';
import { dynoLines, logDyno } from '../../reconcile/dyno-log.ts';
import { dynoSpec } from '../../reconcile/dyno-spec.ts';
import type { Session } from '../../rendezvous/rendezvous.ts';

/** Terminal size that a client without one gets. */
const DEFAULT_TERMINAL: TerminalSize = { columns: 80, rows: 24 };

/** The terminal that a client asks for: null with `force_no_tty`, else the size its environment tells. */
export function terminalSize(env: Readonly<Record<string, string>>, forceNoTty: boolean): TerminalSize | null {
  if (forceNoTty) return null;
  const columns = Number(env['COLUMNS']) || DEFAULT_TERMINAL.columns;
  const rows = Number(env['LINES']) || DEFAULT_TERMINAL.rows;
  return { columns, rows };
}

/** An attached one-off: starts when its client comes, and its row goes when it ends. */
export function attachedOneOff(context: Context, dyno: Dyno, tty: TerminalSize | null): Session {
  const { rows } = context.store;
  return {
    dyno,
    async open() {
      const now = context.clock.now();
      const terminal = await context.terminals.run(await dynoSpec(context, dyno, false), tty);
      await rows.dynos.update(dyno.id, { state: 'up', startedAt: now, updatedAt: now });
      await logDyno(context, dyno, dynoLines.starting(dyno.command, null), dynoLines.stateChanged('starting', 'up'));
      return {
        terminal,
        tty: tty !== null,
        hangUp: () => hangUp(context, dyno),
        detached: async () => {
          await logDyno(context, dyno, dynoLines.detached);
          const release = await rows.releases.get(dyno.releaseId);
          const { exitTimeoutSeconds } = readAppSettings(release?.configVars ?? {});
          await context.engine.stop(dyno.id, exitTimeoutSeconds * 1000);
        },
      };
    },
    done: () => finishDyno(context, dyno),
  };
}

/** Another process in a running dyno (`run:inside`). */
export function insideSession(
  context: Context,
  dyno: Dyno,
  command: readonly string[],
  tty: TerminalSize | null,
): Session {
  return {
    dyno,
    async open() {
      const killed = new AbortController();
      const terminal = await context.terminals.exec(dyno.id, command, tty, killed.signal);
      return {
        terminal,
        tty: tty !== null,
        hangUp: async () => void terminal.stream.destroy(),
        detached: async () => killed.abort(),
      };
    },
    done: async () => undefined,
  };
}

/** Marks a dyno whose process ended; reconciliation removes it. */
export async function finishDyno(context: Context, dyno: Dyno): Promise<void> {
  await context.store.transaction(async (tx) => {
    await tx.dynos.update(dyno.id, { stopping: 'finished' });
    await tx.notify('app', dyno.appId);
  });
}

async function hangUp(context: Context, dyno: Dyno): Promise<void> {
  const kill = await context.terminals.exec(dyno.id, ['/bin/sh', '-c', 'kill -HUP -1'], null);
  kill.stream.resume();
  await kill.exited;
}
