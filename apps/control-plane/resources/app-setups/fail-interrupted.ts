import type { Context } from '../../context.ts';

/** At start: what a crash interrupted has failed. */
export async function failInterruptedSetups(context: Context): Promise<void> {
  const { appSetups } = context.store.rows;
  for (const { id } of await appSetups.list({ status: 'pending' })) {
    const failureMessage = 'The platform restarted during this set-up. Remove the app and set it up again.';
    await appSetups.update(id, { status: 'failed', failureMessage, updatedAt: context.clock.now() });
  }
}
