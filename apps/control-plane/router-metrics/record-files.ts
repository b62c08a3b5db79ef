import { appendFile, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bySpan, isWithin, type TrafficRecord } from './record.ts';

/** Resolution of kept records. */
export type Step = 'minute' | 'ten-minutes';

/** Milliseconds of one span, and how long records are kept: a day and a month, and at most as much again. */
export const STEPS: Readonly<Record<Step, { readonly ms: number; readonly keptMs: number }>> = {
  minute: { ms: 60_000, keptMs: 86_400_000 },
  'ten-minutes': { ms: 600_000, keptMs: 31 * 86_400_000 },
};

/** `<app id>.minute.2026-11-22.jsonl`, `<app id>.ten-minutes.2026-11.jsonl` */
const NAME = /^([0-9a-f-]{36})\.(minute|ten-minutes)\.(\d{4}-\d\d(?:-\d\d)?)\.jsonl$/;

/**
 * Records on disk: one file an app and day (or month), one JSON line a record. A span that was written in parts, because the
 * process stopped in between, is put together when it is read.
 */
export class RecordFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async append(appId: string, step: Step, record: TrafficRecord): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    // It begins with a line break too: what is there may end in a line that was cut.
    await appendFile(this.#path(appId, step, periodOf(step, record.at)), `\n${JSON.stringify(record)}\n`);
  }

  /** Records that begin in the range, oldest first. A line that a crash cut is left out. */
  async read(appId: string, step: Step, from: Date, to: Date): Promise<readonly TrafficRecord[]> {
    const periods = new Set<string>();
    for (let at = from.getTime(); at <= to.getTime(); at += 86_400_000) periods.add(periodOf(step, iso(at)));
    periods.add(periodOf(step, to.toISOString()));
    const records: TrafficRecord[] = [];
    for (const period of periods) {
      const text = await readFile(this.#path(appId, step, period), 'utf8').catch(() => '');
      for (const record of text.split('\n').flatMap(parsed)) if (isWithin(record, from, to)) records.push(record);
    }
    return bySpan(records);
  }

  /** Deletes what is older than it is kept. */
  async prune(now: Date): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const [, , step, period = ''] = NAME.exec(name) ?? [];
      if (step !== 'minute' && step !== 'ten-minutes') continue;
      const oldest = periodOf(step, iso(now.getTime() - STEPS[step].keptMs));
      if (period < oldest) await rm(join(this.#folder, name), { force: true });
    }
  }

  /** Deletes everything of an app. */
  async forget(appId: string): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      if (NAME.exec(name)?.[1] === appId) await rm(join(this.#folder, name), { force: true });
    }
  }

  #path(appId: string, step: Step, period: string): string {
    return join(this.#folder, `${appId}.${step}.${period}.jsonl`);
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function periodOf(step: Step, at: string): string {
  return at.slice(0, step === 'minute' ? 10 : 7);
}

function parsed(line: string): TrafficRecord[] {
  try {
    // Records of earlier versions do not count what waited.
    return line === '' ? [] : [{ queued: 0, ...(JSON.parse(line) as Omit<TrafficRecord, 'queued'>) }];
  } catch {
    return [];
  }
}
