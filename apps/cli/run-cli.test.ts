import { PlatformError } from '@jangada/platform-api';
import { expect, test } from 'vitest';
import type { Command, CommandContext } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { runCli } from './run-cli.ts';

function contextOf(): { context: CommandContext; printed: string[]; told: string[] } {
  const printed: string[] = [];
  const told: string[] = [];
  const context = {
    config: {} as CommandContext['config'],
    print: (line: string) => void printed.push(line),
    progress: (text: string) => void told.push(text),
  };
  return { context, printed, told };
}

function command(name: string, run: Command['run'], change: Partial<Command> = {}): Command {
  return { name, usage: '', summary: `does ${name}`, help: `More on ${name}.`, run, ...change };
}

test('an unknown command is refused with the nearest known one and status 2', async () => {
  for (const [typed, meant] of [
    ['staus', 'status'],
    ['stat', 'status'],
    ['dwon', 'down'],
  ] as const) {
    const { context, told } = contextOf();
    expect(await runCli([typed], COMMANDS, context)).toBe(2);
    expect(told.join('')).toContain(`Did you mean "${meant}"?`);
  }
});

test('a word that resembles nothing gets no guess', async () => {
  const { context, told } = contextOf();
  expect(await runCli(['xyzzy'], COMMANDS, context)).toBe(2);
  expect(told.join('')).not.toContain('Did you mean');
});

test('a failure is one line for the person and status 1', async () => {
  const { context, told } = contextOf();
  const broken = command('broken', async () => {
    throw new PlatformError('conflict', 'Port 5000 is taken.');
  });
  expect(await runCli(['broken'], [broken], context)).toBe(1);
  expect(told).toEqual([' !     Port 5000 is taken.\n']);
});

test('a wrong option names the command whose help to read', async () => {
  const { context, told } = contextOf();
  expect(await runCli(['logs', '--nonsense'], COMMANDS, context)).toBe(2);
  expect(told.join('')).toMatch(/--nonsense.*jangada help logs/s);
});

test('every command has a help text, and --help runs nothing', async () => {
  for (const each of COMMANDS.filter((candidate) => !candidate.passthrough)) {
    const { context, printed } = contextOf();
    expect(await runCli([each.name, '--help'], COMMANDS, context)).toBe(0);
    expect(printed.join('\n')).toContain(each.summary);
  }
});

test('what follows a pass-through command reaches it as it is', async () => {
  const { context } = contextOf();
  let seen: readonly string[] = [];
  const through = command(
    'heroku',
    async (args) => {
      seen = args;
      return 7;
    },
    { passthrough: true },
  );
  expect(await runCli(['heroku', 'apps', '--help'], [through], context)).toBe(7);
  expect(seen).toEqual(['apps', '--help']);
});
