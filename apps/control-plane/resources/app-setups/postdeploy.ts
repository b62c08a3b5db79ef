import type { App, AppSetup } from '@jangada/core';
import type { Context } from '../../context.ts';
import { runningRelease } from '../../reconcile/snapshot.ts';
import { runCommand } from '../../release-phase/run-command.ts';
import { finishDyno } from '../dynos/attached-session.ts';
import { oneOffRow } from '../dynos/one-off-row.ts';

/** Characters of output that are kept; all of it is in the app's log. */
const MAX_OUTPUT = 1_000_000;

/** Runs the postdeploy script in a one-off dyno of the app's release. Null when there is nothing to run. */
export async function runPostdeploy(
  context: Context,
  app: App,
  command: string | null,
): Promise<AppSetup['postdeploy']> {
  const running = command === null ? null : await runningRelease(context.store.rows, app.id);
  if (command === null || running === null) return null;
  const { release } = running;
  const dyno = await oneOffRow(context, { appId: app.id, release, type: 'run', command, attached: true });
  await context.store.rows.dynos.insert(dyno);
  const decoder = new TextDecoder();
  let output = '';
  try {
    const exitCode = await runCommand(context, dyno, async (chunk) => {
      if (output.length < MAX_OUTPUT) output += decoder.decode(chunk, { stream: true });
    });
    return { output: output.replaceAll('\0', ''), exitCode };
  } finally {
    await finishDyno(context, dyno);
  }
}
