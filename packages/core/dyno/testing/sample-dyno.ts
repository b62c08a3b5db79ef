import type { EngineDyno } from '../../ports/engine.ts';
import type { Dyno } from '../dyno.ts';

/** A dyno of release v5 that is up since `since`, before `change`. */
export function sampleDyno(name: string, since: Date, change: Partial<Dyno> = {}): Dyno {
  const [type = '', number = '1'] = name.split('.');
  return {
    id: `${name}-v${change.version ?? 5}`,
    appId: 'app',
    releaseId: 'r5',
    version: 5,
    type,
    number: Number(number),
    name,
    size: 'Basic',
    command: 'serve',
    state: 'up',
    port: type === 'web' ? 4000 : null,
    stopping: null,
    env: {},
    attached: false,
    crashes: 0,
    timeToLive: null,
    restartAt: null,
    exitCode: null,
    startedAt: since,
    createdAt: since,
    updatedAt: since,
    ...change,
  };
}

/** The running container of a dyno, listening, before `change`. */
export function sampleContainer(of: Dyno, change: Partial<EngineDyno> = {}): EngineDyno {
  return {
    dynoId: of.id,
    appId: 'app',
    name: of.name,
    type: of.type,
    version: of.version,
    state: 'running',
    address: '10.0.0.2',
    port: of.port,
    listening: true,
    exitCode: null,
    oomKilled: false,
    startedAt: of.startedAt,
    exitedAt: null,
    ...change,
  };
}
