import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Router, type RouterOptions } from '../index.ts';

/** A port of the loopback address that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

export interface RealRouter {
  readonly router: Router;
  readonly options: RouterOptions;
  readonly port: number;
  readonly tlsPort: number;
  readonly folder: string;
  /** What the router reported, oldest first. */
  readonly reports: { event: string; detail: Readonly<Record<string, unknown>> | undefined }[];
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
    ...options,
    folder,
    httpPort: port,
    httpsPort: tlsPort,
    report: (event, detail) => reports.push({ event, detail }),
  };
  const router = await Router.load(full);
  await router.listen();
  await router.start();
  const close = async (): Promise<void> => {
    await router.stop(200);
    await router.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { router, options: full, port, tlsPort, folder, reports, close };
}
