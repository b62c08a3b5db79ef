import type { Command } from '../command.ts';
import { planPrepare } from '../setup/plan.ts';
import { runPlan } from './run-plan.ts';

export const prepare: Command = {
  name: 'prepare',
  usage: '',
  summary: 'Install what the platform and its tests need, without starting it',
  help: 'Installs packages, starts a container engine when none answers, and makes the first stack layer.',
  hidden: true,
  run: (_args, context) => runPlan(planPrepare(context.config), context),
};
