import type { Command } from '../command.ts';
import { accounts, createAccountCommand, removeAccountCommand, resetAccountCommand } from './accounts.ts';
import { buildpacks, registerBuildpackCommand, unregisterBuildpackCommand } from './buildpacks.ts';
import { client } from './client.ts';
import { doctor } from './doctor.ts';
import { down } from './down.ts';
import { env } from './env.ts';
import { heroku } from './heroku.ts';
import { install, uninstall } from './install.ts';
import { logs } from './logs.ts';
import { prepare } from './prepare.ts';
import { restart } from './restart.ts';
import { stack } from './stack.ts';
import { status } from './status.ts';
import { up } from './up.ts';
import { version } from './version.ts';

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [
  up,
  down,
  status,
  env,
  client,
  heroku,
  logs,
  accounts,
  createAccountCommand,
  resetAccountCommand,
  removeAccountCommand,
  doctor,
  restart,
  stack,
  buildpacks,
  registerBuildpackCommand,
  unregisterBuildpackCommand,
  install,
  uninstall,
  version,
  prepare,
];
