import { PlatformError } from '@jangada/platform-api';

export interface FewAtOnceOptions {
  /** Pieces of work that run at one time. */
  readonly running: number;
  /** Pieces of work that wait beside them. */
  readonly waiting: number;
  /** Tells a person who is refused why, and what to do. */
  readonly refusal: string;
}

/**
 * Runs pieces of work, a few at one time; a few more wait for their turn, in the order they came. Throws `rate_limit` at once
 * when too many wait already.
 */
export type FewAtOnce = <Result>(work: () => Promise<Result>) => Promise<Result>;

export function fewAtOnce(options: FewAtOnceOptions): FewAtOnce {
  let running = 0;
  const waiting: (() => void)[] = [];

  const begin = async (): Promise<void> => {
    if (running < options.running) {
      running++;
      return;
    }
    if (waiting.length >= options.waiting) throw new PlatformError('rate_limit', options.refusal);
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  /** The turn goes to the next directly, so that nobody who comes now overtakes it. */
  const end = (): void => {
    const next = waiting.shift();
    if (next) next();
    else running--;
  };
  return async (work) => {
    await begin();
    try {
      return await work();
    } finally {
      end();
    }
  };
}
