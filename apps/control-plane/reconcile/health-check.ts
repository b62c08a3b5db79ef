import { request } from 'node:http';
import type { Dyno, EngineDyno } from '@jangada/core';
import type { Context } from '../context.ts';
import { dynoLines, logDyno } from './dyno-log.ts';

/** Milliseconds for one try, and between two. */
const TRY_MS = 2_000;
const PAUSE_MS = 500;

export interface HealthTarget {
  readonly address: string;
  readonly port: number;
  readonly path: string;
  /** The Host header: the app's own name, because many frameworks refuse others. */
  readonly host: string;
}

/** Whether the dyno answers well. Never throws. */
export type HealthProbe = (target: HealthTarget) => Promise<boolean>;

/** GET from the machine to the dyno's own address; 2xx and 3xx are well. The answer's body is not read. */
export const probeOverHttp: HealthProbe = ({ address, port, path, host }) =>
  new Promise((resolve) => {
    const headers = { host, 'user-agent': 'Jangada-Health-Check', 'x-forwarded-proto': 'https', connection: 'close' };
    const call = request({ host: address, port, path, headers, agent: false, signal: AbortSignal.timeout(TRY_MS) });
    call.once('response', (response) => {
      response.destroy();
      resolve((response.statusCode ?? 0) >= 200 && (response.statusCode ?? 0) < 400);
    });
    call.once('error', () => resolve(false));
    call.once('close', () => resolve(false));
    call.end();
  });

/** One try at a starting web dyno that listens: up when it answers well, otherwise another look is due in a moment. */
export async function checkHealth(
  context: Context,
  probe: HealthProbe,
  dyno: Dyno,
  container: EngineDyno,
  path: string,
  host: string,
): Promise<void> {
  const { address, port } = container;
  if (address === null || port === null) return;
  if (!(await probe({ address, port, path, host }))) return context.clock.sleep(PAUSE_MS);
  const updated = await context.store.rows.dynos.update(dyno.id, { state: 'up', updatedAt: context.clock.now() });
  if (updated) await logDyno(context, dyno, dynoLines.stateChanged(dyno.state, 'up'));
}
