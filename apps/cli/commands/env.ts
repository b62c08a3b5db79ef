import type { Command } from '../command.ts';
import { clientEnvironment } from '../platform/client-environment.ts';
import { shellQuote } from '../process/shell-quote.ts';
import { loadAccount, loadSettings } from '../setup/identity.ts';

export const env: Command = {
  name: 'env',
  usage: '',
  summary: 'Shell lines that point the Heroku CLI and git at this installation',
  help: `Prints export lines for a POSIX shell. Use them with:

  eval "$(bin/jangada env)"

Afterwards "heroku" and "git push heroku main" talk to this installation as its first account.`,
  async run(_args, { config, print }) {
    const [settings, account] = [await loadSettings(config.home), await loadAccount(config.home)];
    const variables = clientEnvironment(config.home, settings, account, config.env);
    for (const [name, value] of Object.entries(variables)) print(`export ${name}=${shellQuote(value)}`);
    return 0;
  },
};
