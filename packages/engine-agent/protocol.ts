import type { DynoFilter, DynoSpec, TerminalSize } from '@jangada/core';

/** Inputs of the agent's methods, by name. What has none takes null. Dates in answers travel as ISO texts. */
export interface AgentInputs {
  readonly start: { readonly spec: DynoSpec };
  readonly stop: { readonly dynoId: string; readonly graceMs: number };
  /** Null, as agents of before wrote it: all. */
  readonly list: DynoFilter | null;
  readonly pause: { readonly dynoId: string };
  readonly resume: { readonly dynoId: string };
  readonly lines: { readonly cursor: string | null };
  readonly acknowledge: { readonly cursor: string };
  readonly run: { readonly spec: DynoSpec; readonly tty: TerminalSize | null };
  readonly exec: { readonly dynoId: string; readonly command: readonly string[]; readonly tty: TerminalSize | null };
  readonly resize: { readonly terminalId: string; readonly size: TerminalSize };
  /** The client has destroyed the stream, which the server alone cannot tell from the end of the input. */
  readonly hangUp: { readonly terminalId: string };
  readonly kill: { readonly terminalId: string };
  /** Held open by the client for the life of the terminal: when it breaks, the client is gone and the process is killed. */
  readonly exited: { readonly terminalId: string };
}

/** First answer of `run` and `exec`: the name under which `resize` and `exited` know the terminal. */
export interface TerminalHead {
  readonly terminalId: string;
}
