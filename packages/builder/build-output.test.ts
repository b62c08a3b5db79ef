import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createBuildOutput } from './build-output.ts';

const read = (stream: PassThrough): string => stream.read()?.toString() ?? '';

describe('the output of a build', () => {
  test('ends a line that a buildpack left open before a line of ours', async () => {
    const target = new PassThrough();
    const output = createBuildOutput(target, 1_000);
    await output.pass(Buffer.from('half'));
    output.say(['-----> whole']);
    await output.pass(Buffer.from('x\n'));
    output.say(['end']);
    expect(read(target)).toBe('half\n-----> whole\nx\nend\n');
  });

  test('notices, across chunks, that a buildpack said it succeeded', async () => {
    const output = createBuildOutput(new PassThrough(), 1_000);
    await output.pass(Buffer.from('-----> Build succ'));
    expect(output.saidSucceeded).toBe(false);
    await output.pass(Buffer.from('eeded!\n'));
    expect(output.saidSucceeded).toBe(true);
  });

  test('stops at its limit with a notice', async () => {
    const target = new PassThrough();
    const output = createBuildOutput(target, 4);
    await output.pass(Buffer.from('123456'));
    await output.pass(Buffer.from('789'));
    expect(read(target)).toBe('1234\n !     There is too much output; the rest is not shown. The build goes on.\n');
  });

  test('goes on when nobody takes it any more', async () => {
    const target = new PassThrough({ highWaterMark: 1 });
    const output = createBuildOutput(target, 1_000);
    const passing = output.pass(Buffer.from('long enough to wait'));
    target.destroy();
    await passing;
  });
});
