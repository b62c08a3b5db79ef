import type { Command } from '../command.ts';
import { planPrepare } from '../setup/plan.ts';
import { runPlan } from './run-plan.ts';

export const prepare: Command = {
  name: 'prepare',
  usage: '[--bench]',
  summary: 'Install what the platform and its tests need, without starting it',
  help: 'Installs packages, starts a container engine when none answers, and makes the first stack layer. With --bench also what the measurements need.',
  hidden: true,
  run: (args, context) => runPlan(planPrepare(context.config, { bench: args.includes('--bench') }), context),
};
