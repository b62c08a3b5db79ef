import type { ImageBuildEvent } from '@jangada/core';
import { type Fields, readMessage } from './protobuf.ts';

/**
 * Turns BuildKit's progress (moby.buildkit.v1 StatusResponse: vertexes 1, statuses 2, logs 3) into what a person wants to
 * read: each step once, when it begins, its output, and its end.
 */
export function createBuildTrace(): (message: Buffer) => readonly ImageBuildEvent[] {
  const steps = new Map<string, { readonly step: number; ended: boolean }>();

  const stepOf = (
    vertex: string,
    name: string,
    events: ImageBuildEvent[],
  ): { readonly step: number; ended: boolean } => {
    const known = steps.get(vertex);
    if (known) return known;
    const fresh = { step: steps.size + 1, ended: false };
    steps.set(vertex, fresh);
    events.push({ kind: 'step', step: fresh.step, name });
    return fresh;
  };

  return (message) => {
    const events: ImageBuildEvent[] = [];
    const status = readMessage(message);
    for (const vertex of status.messages(1)) {
      const [started, completed, error] = [timeOf(vertex, 5), timeOf(vertex, 6), vertex.text(7)];
      const isCached = vertex.number(4) === 1;
      if (started === null && !isCached) continue;
      const step = stepOf(vertex.text(1), vertex.text(3), events);
      if (step.ended || (completed === null && !isCached)) continue;
      step.ended = true;
      const seconds = started === null || completed === null ? 0 : completed - started;
      events.push({ kind: 'end', step: step.step, seconds, isCached, error: error === '' ? null : error });
    }
    for (const log of status.messages(3)) {
      const { step } = stepOf(log.text(1), '', events);
      events.push({ kind: 'output', step, text: log.bytes(4).at(-1)?.toString('utf8') ?? '' });
    }
    return events;
  };
}

/** Seconds; a protobuf Timestamp has seconds 1 and nanoseconds 2. */
function timeOf(vertex: Fields, field: number): number | null {
  const time = vertex.messages(field).at(-1);
  return time === undefined ? null : time.number(1) + time.number(2) / 1e9;
}
