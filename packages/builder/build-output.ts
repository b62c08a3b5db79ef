import type { Writable } from 'node:stream';
import { BUILD_SUCCEEDED_LINE } from '@jangada/core';

/** What a person sees of a build: the containers' bytes as they come, between whole lines of ours. */
export interface BuildOutput {
  /** Bytes of buildpacks. Resolves when there is room for more. */
  pass(chunk: Buffer): Promise<void>;
  /** Whole lines of the platform; one that a buildpack left open is ended first. */
  say(lines: readonly string[]): void;
  /** Whether a buildpack has already said that the build succeeded, as Heroku's Node.js buildpack does. */
  readonly saidSucceeded: boolean;
}

/** `limit`: bytes of buildpacks that are passed on. */
export function createBuildOutput(target: Writable, limit: number): BuildOutput {
  let left = limit;
  let midLine = false;
  let tail = '';
  let saidSucceeded = false;

  const say = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    target.write(`${midLine ? '\n' : ''}${lines.join('\n')}\n`);
    midLine = false;
  };

  return {
    say,

    async pass(chunk) {
      if (left <= 0) return;
      const part = chunk.subarray(0, left);
      left -= part.length;
      const text = tail + part.toString('latin1');
      saidSucceeded ||= text.includes(BUILD_SUCCEEDED_LINE);
      tail = text.slice(-BUILD_SUCCEEDED_LINE.length);
      midLine = part.at(-1) !== 0x0a;
      if (!target.write(part)) await room(target);
      if (left <= 0) say([' !     There is too much output; the rest is not shown. The build goes on.']);
    },

    get saidSucceeded() {
      return saidSucceeded;
    },
  };
}

/** Until the target takes more, or is gone. */
function room(target: Writable): Promise<void> {
  if (target.destroyed || !target.writableNeedDrain) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      target.off('drain', done);
      target.off('close', done);
      target.off('error', done);
      resolve();
    };
    target.on('drain', done);
    target.on('close', done);
    target.on('error', done);
  });
}
