import { appUrl } from '@jangada/core';
import type { Command, CommandContext } from '../command.ts';
import { apiUrl, isLoopback } from '../platform/addresses.ts';
import { deployedFirstApp } from '../setup/first-app.ts';
import { accountFile, loadAccount, loadSettings } from '../setup/identity.ts';
import { onlyOne } from '../setup/only-one.ts';
import { planUp } from '../setup/plan.ts';
import { makeLayersInBackground } from '../setup/stack-layers.ts';
import { runPlan } from './run-plan.ts';

export const up: Command = {
  name: 'up',
  usage: '',
  summary: 'Set everything up and start the platform',
  help: `Finds out what this machine lacks, installs it, starts the platform in the background, deploys a first
app and tells how to go on. Run it again at any time: it does only what is missing.

Settings come from the environment and are kept from the first start on:
  JANGADA_HOME           where everything lives (default /var/lib/jangada)
  JANGADA_PORT           API, git and ps:exec (default 5000)
  JANGADA_HTTP_PORT      web traffic of apps (default 8080)
  JANGADA_HTTPS_PORT     web traffic of apps over TLS (default 8443)
  JANGADA_DOMAIN         apps answer at NAME.DOMAIN (default localhost)
  JANGADA_BIND           address to listen on (default 127.0.0.1)
  JANGADA_HOST           name or address by which other computers reach this one (default JANGADA_DOMAIN)
  JANGADA_DYNO_UIDS      user ids that dynos get, one each (default 1200000-2097151), or off
  DATABASE_URL           a PostgreSQL of yours instead of the embedded one
  JANGADA_ACCOUNT_EMAIL  the first account (default admin@DOMAIN)
  JANGADA_DEBIAN_MIRROR  where the stack's packages come from (default: this machine's own mirror)
  JANGADA_STACK_LAYER    base, run or build: the highest stack layer to make (default build)
  JANGADA_SKIP_EXAMPLE   set to 1 to deploy no first app
All of them: docs/guides/install.md.`,
  async run(_args, context) {
    const isFirst = await loadAccount(context.config.home).then(
      () => false,
      () => true,
    );
    const status = await onlyOne(context.config.home, () => runPlan(planUp(context.config), context));
    if (status !== 0) return status;
    const background = await makeLayersInBackground(context.config);
    await printSummary(context, isFirst, background);
    return 0;
  },
};

async function printSummary(context: CommandContext, isFirst: boolean, background: boolean): Promise<void> {
  const { config, print } = context;
  const settings = await loadSettings(config.home);
  const account = await loadAccount(config.home);
  const app = await deployedFirstApp(config);
  const secret = isFirst
    ? `password ${account.password} (kept in ${accountFile(config.home)})`
    : `password in ${accountFile(config.home)}`;
  print('');
  print('Jangada is running.');
  print('');
  print(`  First app  ${app ?? `none (yours will be at ${appUrl(settings, 'NAME')})`}`);
  print(`  API        ${apiUrl(settings)}`);
  print(`  Account    ${account.email}, ${secret}`);
  if (background) print('  Stack      packages for native modules are added in the background (bin/jangada status)');
  print('');
  print('Go on with the Heroku CLI, in the folder of an app:');
  print('');
  print(`  eval "$(${config.root}/bin/jangada env)"`);
  print('  heroku apps:create');
  print('  git push heroku main');
  if (!isLoopback(settings.bind)) print('\nFrom another computer: see "bin/jangada help client".');
  print('');
}
