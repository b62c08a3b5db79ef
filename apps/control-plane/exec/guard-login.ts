import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';
import type { Line } from './carry.ts';
import { type Login, loginOf } from './log-in.ts';

/** Milliseconds between two looks at whether the login of an open connection still holds. */
const LOOK_MS = 60_000;

/**
 * Breaks a connection whose login does not hold any more. That is looked at every minute, of which `report` gets the errors,
 * and by the returned function, which throws `forbidden` then.
 */
export function guardLogin(
  context: Context,
  { grant, dyno }: Login,
  { socket, gone }: Line,
  report: (error: unknown) => void,
): () => Promise<void> {
  const check = async (): Promise<void> => {
    if ((await loginOf(context, grant)) !== null) return;
    socket.destroy();
    throw new PlatformError('forbidden', `The login to ${dyno.name} does not hold any more.`);
  };
  const watch = async (): Promise<void> => {
    while (!gone.aborted) {
      await context.clock.sleep(LOOK_MS, gone);
      await check().catch(report);
    }
  };
  // The sleep that the end of the connection breaks off.
  watch().catch(() => undefined);
  return check;
}
