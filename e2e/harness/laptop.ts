import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, type RunOptions, run, runOk, runOnTerminal, type Typed } from './run.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Another computer: a network namespace with one cable to this machine, and a person of its own with the CLI and git. */
export interface Laptop {
  /** Address of this machine at its end of the cable. */
  readonly server: string;
  readonly home: string;
  /** Runs the script of `bin/jangada client`, and from then on everything in shells that it was told of. */
  follow(script: string): Promise<Outcome>;
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** The same on a terminal. */
  type(command: string, args: readonly string[], typed: readonly Typed[]): Promise<Outcome>;
  remove(): Promise<void>;
}

/** Makes a laptop that knows this machine by `names`, too. */
export async function makeLaptop(names: readonly string[]): Promise<Laptop> {
  const home = await mkdtemp(join(tmpdir(), 'jangada-laptop-'));
  // 198.18.0.0/15 is for measurements between two devices: nothing else is there.
  const subnet = `198.${18 + randomInt(2)}.${randomInt(256)}.${4 * randomInt(64)}`;
  const [server, own] = [1, 2].map((host) => subnet.replace(/\d+$/, (last) => String(Number(last) + host)));
  const name = `jl${process.pid}x${randomInt(10_000)}`;
  const [space, cable] = [name, name.slice(0, 15)];
  const hosts = join('/etc/netns', space);
  const ip = (...args: string[]) => runOk('ip', args);
  const remove = async (): Promise<void> => {
    await run('ip', ['netns', 'del', space]);
    await run('ip', ['link', 'del', cable]);
    for (const folder of [hosts, home]) await rm(folder, { recursive: true, force: true });
  };
  let shell = ':';
  const within = (command: string, args: readonly string[]): string[] => {
    return ['netns', 'exec', space, '/bin/sh', '-c', `${shell}\nexec "$@"`, 'sh', command, ...args];
  };
  const env = {
    HOME: home,
    PATH: `${join(home, 'official')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    GIT_AUTHOR_NAME: 'Bia',
    GIT_AUTHOR_EMAIL: 'bia@laptop.test',
    GIT_COMMITTER_NAME: 'Bia',
    GIT_COMMITTER_EMAIL: 'bia@laptop.test',
    GIT_TERMINAL_PROMPT: '0',
    TERM: 'dumb',
    NO_COLOR: '1',
  };
  try {
    await mkdir(hosts, { recursive: true });
    await writeFile(join(hosts, 'hosts'), `127.0.0.1 localhost\n${server} ${names.join(' ')}\n`);
    await ip('netns', 'add', space);
    await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
    await ip('addr', 'add', `${server}/30`, 'dev', cable);
    await ip('link', 'set', cable, 'up');
    await ip('-n', space, 'addr', 'add', `${own}/30`, 'dev', 'eth0');
    for (const device of ['lo', 'eth0']) await ip('-n', space, 'link', 'set', device, 'up');
    await installCli(join(home, 'official'));
  } catch (error) {
    await remove();
    throw error;
  }
  const runThere: Laptop['run'] = (command, args, options = {}) =>
    run('ip', within(command, args), { cwd: home, ...options, env });
  return {
    server: server!,
    home,
    async follow(script) {
      const followed = await runThere('/bin/sh', [], { input: script });
      // The line that the person is told to type into every shell.
      shell = /^ {2}(\. ".+")$/m.exec(followed.stdout)?.[1] ?? shell;
      return followed;
    },
    run: runThere,
    type: (command, args, typed) => runOnTerminal('ip', within(command, args), { cwd: home, env, typed }),
    remove,
  };
}

/** The official CLI, as npm would put it into a folder of PATH. */
async function installCli(folder: string): Promise<void> {
  await mkdir(folder);
  const [node, cli] = [
    join(ROOT, 'node_modules', '.bin', 'node'),
    join(ROOT, 'node_modules', 'heroku', 'bin', 'run.js'),
  ];
  const script = `#!/bin/sh\nexec '${node}' --no-deprecation '${cli}' "$@"\n`;
  await writeFile(join(folder, 'heroku'), script, { mode: 0o755 });
}
