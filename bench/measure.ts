import { performance } from 'node:perf_hooks';

/** One line of the table: what was measured against what, in the same run. */
export interface Row {
  readonly name: string;
  /** For example `1.42 s` or `213 MB`. */
  readonly measured: string;
  readonly floor: string;
  /** The measure as a relation to the floor, for example `+0.9 s` or `1.12 ×`. */
  readonly relation: string;
  readonly target: string;
  readonly met: boolean;
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Medians of `count` runs of both, in turn (A B A B …) after one of each that does not count. */
export async function inTurn(
  count: number,
  a: (run: number) => Promise<number>,
  b: (run: number) => Promise<number>,
): Promise<{ a: number; b: number }> {
  const times = { a: [] as number[], b: [] as number[] };
  for (let run = 0; run <= count; run++) {
    const [one, other] = [await a(run), await b(run)];
    if (run === 0) continue;
    times.a.push(one);
    times.b.push(other);
  }
  return { a: median(times.a), b: median(times.b) };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

/** A row whose target is "at most so many seconds more than the floor". */
export function differenceRow(name: string, measured: number, floor: number, most: number): Row {
  const more = measured - floor;
  return {
    name,
    measured: seconds(measured),
    floor: seconds(floor),
    relation: `${more < 0 ? '-' : '+'}${seconds(Math.abs(more))}`,
    target: `at most +${seconds(most)}`,
    met: more <= most,
  };
}

/** A row whose target is "at most so many times the floor". */
export function ratioRow(name: string, measured: number, floor: number, most: number): Row {
  const ratio = measured / floor;
  return {
    name,
    measured: seconds(measured),
    floor: seconds(floor),
    relation: `${ratio.toFixed(2)} ×`,
    target: `at most ${most.toFixed(2)} ×`,
    met: ratio <= most,
  };
}

/** A row with a fixed bound. */
export function boundRow(name: string, measured: number, most: number, unit: (value: number) => string): Row {
  return {
    name,
    measured: unit(measured),
    floor: '',
    relation: '',
    target: `at most ${unit(most)}`,
    met: measured <= most,
  };
}

/** The rows as a Markdown table. */
export function formatTable(rows: readonly Row[]): string {
  const cells = [
    ['what', 'measured', 'floor', 'relation', 'target', 'met'],
    ...rows.map((row) => [row.name, row.measured, row.floor, row.relation, row.target, row.met ? 'yes' : 'NO']),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)));
  const line = (texts: readonly string[]): string =>
    `| ${texts.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`;
  const [head, ...body] = cells.map(line);
  return [head, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body].join('\n');
}
