import type { World } from './world.ts';

export type Suite = 'vegur' | 'kamal-proxy' | 'gorouter';

/** One behaviour that another project's tests hold its router to, in our own words. */
export interface ConformanceCase {
  readonly suite: Suite;
  readonly group: string;
  readonly name: string;
  /** Rejects when the router does not behave so. */
  readonly run?: (world: World) => Promise<void>;
  /** Instead of `run`: why this router does not do it. With `run`: in what it differs; `run` holds what it does instead. */
  readonly differs?: string;
}

type Run = NonNullable<ConformanceCase['run']>;

/** Declares the cases of one group. */
export function group(
  suite: Suite,
  name: string,
  declare: (it: {
    passes: (name: string, run: Run) => void;
    differs: (name: string, differs: string, run?: Run) => void;
  }) => void,
): readonly ConformanceCase[] {
  const cases: ConformanceCase[] = [];
  declare({
    passes: (title, run) => cases.push({ suite, group: name, name: title, run }),
    differs: (title, differs, run) => cases.push({ suite, group: name, name: title, differs, ...(run ? { run } : {}) }),
  });
  return cases;
}
