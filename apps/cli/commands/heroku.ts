import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { Command } from '../command.ts';
import { asksFixedHost } from '../forwarder/fixed-hosts.ts';
import { startForwarder } from '../forwarder/forwarder.ts';
import { API_HOST } from '../platform/addresses.ts';
import { clientEnvironment, herokuArgv, throughProxy } from '../platform/client-environment.ts';
import { loadAccount, loadSettings } from '../setup/identity.ts';

export const heroku: Command = {
  name: 'heroku',
  usage: 'COMMAND…',
  summary: 'Run the official Heroku CLI against this installation',
  help: 'Everything after "heroku" goes to the CLI as it is: bin/jangada heroku apps:create my-app',
  passthrough: true,
  async run(args, { config }) {
    const [settings, account] = [await loadSettings(config.home), await loadAccount(config.home)];
    const environment = clientEnvironment(config.home, settings, account, config.env);
    if (!asksFixedHost(args)) return runHeroku(config.root, args, { ...config.env, ...environment });
    const forwarder = await startForwarder({ host: API_HOST, port: settings.port });
    try {
      return await runHeroku(config.root, args, throughProxy(forwarder.url, { ...config.env, ...environment }));
    } finally {
      await forwarder.close();
    }
  },
};

/** Resolves with the exit status of the CLI. */
async function runHeroku(
  root: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const [program, ...first] = herokuArgv(root);
  const child = spawn(program, [...first, ...args], { env, stdio: 'inherit' });
  // The terminal sends Ctrl-C to the CLI as well; it decides what that means.
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}
