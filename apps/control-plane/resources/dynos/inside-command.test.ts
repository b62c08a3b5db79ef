import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { insideCommand } from './inside-command.ts';

const ENV = { TERM: 'xterm', GREETING: `two "words" and 'more'; $(false)` };

test('in a dyno of a stack the command runs as at boot, with the variables', () => {
  const argv = insideCommand('echo hi', ENV, { isImage: false });
  expect(argv.slice(0, 4)).toEqual(['/usr/bin/env', 'TERM=xterm', `GREETING=${ENV.GREETING}`, '/bin/bash']);
  expect(argv.at(-1)).toBe('echo hi');
});

test('in an image any POSIX shell is enough, and values are not shell text', () => {
  const [program = '', ...args] = insideCommand('echo "$GREETING" $TERM; exit 0', ENV, { isImage: true });
  expect(program).toBe('/bin/sh');
  expect(execFileSync(program, args, { env: {}, encoding: 'utf8' })).toBe(`${ENV.GREETING} xterm\n`);
});
