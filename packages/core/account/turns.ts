import { PlatformError } from '@jangada/platform-api';

/** Lets a few pieces of work run at one time, and a few more wait for their turn in the order they came. */
export interface Turns {
  /** Runs the work when it is its turn. Throws `rate_limit` at once when too many wait already. */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
}

export interface TurnsOptions {
  /** Pieces of work that run at one time. */
  readonly running: number;
  /** Pieces of work that wait beside them. */
  readonly waiting: number;
  /** Tells a person who is refused why, and what to do. */
  readonly refusal: string;
}

export function createTurns(options: TurnsOptions): Turns {
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
  return {
    async run(work) {
      await begin();
      try {
        return await work();
      } finally {
        end();
      }
    },
  };
}
