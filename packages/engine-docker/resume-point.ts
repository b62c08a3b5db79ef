import { MAX_DRIFT_MS } from './timestamps.ts';

/** A line as the engine's crash buffer kept it. */
export interface BufferedLine {
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** Milliseconds since the epoch when the engine saw it; fractions are microseconds. */
  readonly at: number;
}

/** The engine reads another clock than we do, and ours drifts and is cut to whole milliseconds. */
const CLOCK_SLACK_MS = MAX_DRIFT_MS + 2;

/** What the reader of the feed had safe of one dyno's output when the last agent ended. */
export interface SafeOutput {
  /** Milliseconds since the epoch when the last safe line was received. */
  readonly at: number;
  /** The last safe texts, oldest first. */
  readonly tail: readonly string[];
}

/**
 * How many of the buffered lines are safe already (engine 5: re-attach, fill the gap once, remove overlap). The engine's
 * time of a line is never after ours, so time bounds the search; the texts find the place among lines of one moment.
 */
export function countSafe(buffered: readonly BufferedLine[], safe: SafeOutput | null): number {
  if (safe === null) return 0;
  let last = buffered.length - 1;
  while (last >= 0 && buffered[last]!.at > safe.at + CLOCK_SLACK_MS) last--;
  for (let end = last; end >= 0; end--) {
    if (endsWithTail(buffered, end, safe.tail)) return end + 1;
  }
  return last + 1;
}

function endsWithTail(buffered: readonly BufferedLine[], end: number, tail: readonly string[]): boolean {
  const depth = Math.min(tail.length, end + 1);
  for (let back = 0; back < depth; back++) {
    if (buffered[end - back]!.text !== tail[tail.length - 1 - back]) return false;
  }
  return depth > 0;
}
