import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@jangada/conformance/free-port';
import { AdminSocket } from '../haproxy/admin-socket.ts';
import { Router, type RouterOptions } from '../index.ts';
import { FILES } from '../plan/files.ts';
import { readServersState } from '../plan/servers.ts';

export interface RealRouter {
  readonly router: Router;
  readonly options: RouterOptions;
  readonly port: number;
  readonly tlsPort: number;
  readonly folder: string;
  /** What the router reported, oldest first. */
  readonly reports: { event: string; detail: Readonly<Record<string, unknown>> | undefined }[];
  /** Names of the dynos' servers on a backend, as HAProxy has them. */
  servers(backend: string): Promise<string[]>;
  close(): Promise<void>;
}

/** A router of its own with a real HAProxy, in a new folder and on free ports. */
export async function startRealRouter(options: Partial<RouterOptions> = {}): Promise<RealRouter> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'jangada-router-')));
  const port = options.httpPort ?? (await freePort());
  const tlsPort = options.httpsPort ?? (await freePort());
  const reports: RealRouter['reports'] = [];
  const full: RouterOptions = {
    bind: '127.0.0.1',
    certificate: null,
    openFiles: 4_096,
    threads: 1,
    poolSize: 20,
    // The same tests hold another version of HAProxy to the same behaviour.
    executable: process.env['JANGADA_TEST_HAPROXY'] || 'haproxy',
    ...options,
    folder,
    httpPort: port,
    httpsPort: tlsPort,
    report: (event, detail) => reports.push({ event, detail }),
  };
  const router = await Router.load(full);
  const close = async (): Promise<void> => {
    await router.stop(200);
    await router.close();
    await rm(folder, { recursive: true, force: true });
  };
  await router.listen();
  await router.start().catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const admin = new AdminSocket(join(folder, FILES.adminSocket));
  const servers = async (backend: string): Promise<string[]> => {
    const states = readServersState(await admin.ask(`show servers state ${backend}`));
    return (states.get(backend) ?? []).map((server) => server.name);
  };
  return { router, options: full, port, tlsPort, folder, reports, servers, close };
}
