import {
  type AppLoad,
  type AppRoute,
  type CertificateTable,
  type FedLine,
  type LineFeed,
  LineRing,
  logTime,
  type RouteTable,
  type ServedCertificate,
} from '@jangada/core';
import { readEntry } from './access-log/entry.ts';
import { LogReceiver } from './access-log/receiver.ts';
import { routerLine } from './access-log/router-line.ts';
import { BackupServer } from './backup/server.ts';
import { CertificateBook } from './certificates/certificate-book.ts';
import { CertificatePlane } from './certificates/certificate-plane.ts';
import type { Certificate } from './haproxy/config-files.ts';
import { DataPlane } from './haproxy/data-plane.ts';
import { admit, type HaproxyUser, haproxyUser } from './haproxy/user.ts';
import { DEFAULT_LIMITS, limitsOf, type RouterLimits } from './limits.ts';
import { pathsIn } from './plan/files.ts';
import { maxConnectionsFor } from './plan/haproxy-config.ts';
import type { BackendLoad } from './plan/statistics.ts';
import { AppQueues } from './table/app-queues.ts';
import { checkRoute } from './table/check-route.ts';
import { type NamedDyno, RouteBook } from './table/route-book.ts';
import { loadSnapshot, Snapshot } from './table/snapshot.ts';

/** App backends declared in advance. The pool doubles by a reload when it is used up (router.md 10). */
const POOL_SIZE = 200;
/** One for so many of them is for apps with settings of their own. */
const PLAIN_FOR_EACH_CUSTOM = 4;

const NO_LOAD: BackendLoad = { onServers: new Map(), queued: 0 };

/** HAProxy opens its log connection within a second; one that is missing for longer is helped. */
const LOG_CHECK_MS = 2_000;

export interface RouterOptions {
  /** Folder of HAProxy's files and the snapshot; exists, at most 80 bytes long. */
  readonly folder: string;
  /** Address of the public listeners. */
  readonly bind: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Served to every name without a certificate of its own; null: no TLS listener. */
  readonly certificate: Certificate | null;
  /** Limit of open files of this process. */
  readonly openFiles: number;
  readonly threads: number;
  readonly limits?: Partial<RouterLimits>;
  /** Default 200. */
  readonly poolSize?: number;
  /** Program to start. Default `haproxy`. */
  readonly executable?: string;
  readonly report: (event: string, detail?: Readonly<Record<string, unknown>>) => void;
}

/** The control process of one HAProxy: `load`, `listen`, `start`; from then on a route table and a line feed. */
export class Router implements RouteTable, CertificateTable, LineFeed {
  readonly #book: RouteBook;
  readonly #snapshot: Snapshot;
  readonly #plane: DataPlane;
  readonly #certificates: CertificatePlane;
  readonly #backup: BackupServer;
  readonly #log: LogReceiver;
  readonly #lines = new LineRing({ epoch: `${Date.now().toString(36)}-${process.pid}` });
  readonly #queues = new AppQueues();
  #watchLog: NodeJS.Timeout | undefined;
  readonly #limits: RouterLimits;
  readonly #folder: string;
  readonly #user: HaproxyUser | null;
  readonly #paths: ReturnType<typeof pathsIn>;

  /** Reads the snapshot. Throws `invalid_params` when the folder cannot hold sockets. */
  static async load(options: RouterOptions): Promise<Router> {
    const content = await loadSnapshot(pathsIn(options.folder).snapshot, options.report);
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    const plain = options.poolSize ?? POOL_SIZE;
    return new Router(
      options,
      limits,
      new RouteBook({ plain, custom: Math.ceil(plain / PLAIN_FOR_EACH_CUSTOM) }, limits, content),
      await CertificateBook.load(options.folder, options.report),
      await haproxyUser(),
    );
  }

  private constructor(
    options: RouterOptions,
    limits: RouterLimits,
    book: RouteBook,
    certificates: CertificateBook,
    user: HaproxyUser | null,
  ) {
    const paths = pathsIn(options.folder);
    this.#paths = paths;
    this.#book = book;
    this.#snapshot = new Snapshot(paths.snapshot, () => book.content());
    this.#limits = limits;
    this.#folder = options.folder;
    this.#user = user;
    this.#certificates = new CertificatePlane({
      book: certificates,
      tls: options.certificate !== null,
      whileServing: (work, signal) => this.#plane.whileServing(work, signal),
    });
    this.#plane = new DataPlane(book, {
      ...options,
      certificates: this.#certificates,
      user,
      limits,
      paths,
      maxConnections: maxConnectionsFor(options.openFiles),
    });
    this.#backup = new BackupServer({ limits, find: (host) => book.find(host)?.route, report: options.report });
    this.#log = new LogReceiver((message) => this.#takeLine(message));
  }

  /** Opens the Node side. Throws `conflict` when another router of this folder runs. */
  async listen(): Promise<void> {
    await this.#backup.listen(this.#paths.backupSocket);
    await this.#log.listen(this.#paths.logSocket);
    await admit(this.#user, this.#folder, [this.#paths.backupSocket, this.#paths.logSocket]);
  }

  /** Adopts or starts HAProxy; resolves when traffic flows. */
  async start(): Promise<void> {
    await this.#plane.start();
    this.#watchLog = setInterval(() => {
      if (!this.#log.connected) void this.#plane.reviveLog().catch(() => undefined);
    }, LOG_CHECK_MS).unref();
  }

  /**
   * Ends HAProxy after its requests, at most `graceMs` later. The table that is kept names no dynos: by the next start they
   * may be gone, and a request waits until somebody says where they are instead of failing at an address of the past.
   */
  async stop(graceMs: number): Promise<void> {
    await this.#plane.stop(graceMs);
    for (const appId of this.#book.appIds()) {
      const { route } = this.#book.get(appId)!;
      if (route.state === 'serving') this.#book.put({ ...route, state: 'starting', dynos: [] });
    }
    await this.#snapshot.save();
  }

  /** Lets go of HAProxy, which goes on: the next router of this folder adopts it. */
  release(): void {
    this.#plane.release();
  }

  /** Ends the Node side. */
  async close(): Promise<void> {
    clearInterval(this.#watchLog);
    await this.#backup.close();
    await this.#log.close();
  }

  /** Process id of the HAProxy that serves now. */
  haproxyPid(): Promise<number | null> {
    return this.#plane.pid();
  }

  put(route: AppRoute, signal?: AbortSignal): Promise<void> {
    return this.#queues.run(route.appId, async () => {
      checkRoute(route);
      const hosts = this.#book.put(route);
      this.#backup.changed(route.appId);
      const [backend, ...left] = this.#book.backendsOf(route.appId);
      const follow = async (): Promise<void> => {
        await this.#plane.follow(backend!, hosts, signal);
        // Only now: until its hosts lead to the new one, requests come to the old one.
        for (const former of left) await this.#plane.follow(former, [], signal);
      };
      await Promise.all([this.#snapshot.save(), follow()]);
    });
  }

  remove(appId: string, signal?: AbortSignal): Promise<void> {
    return this.#queues.run(appId, async () => {
      const entry = this.#book.get(appId);
      if (!entry) return;
      const hosts = this.#book.remove(appId);
      this.#backup.changed(appId);
      await Promise.all([this.#snapshot.save(), this.#plane.follow(entry.backend, hosts, signal)]);
    });
  }

  async retain(appIds: readonly string[], signal?: AbortSignal): Promise<void> {
    const keep = new Set(appIds);
    const extra = this.#book.appIds().filter((appId) => !keep.has(appId));
    await Promise.all(extra.map((appId) => this.remove(appId, signal)));
  }

  async inFlight(appId: string, signal?: AbortSignal): Promise<Readonly<Record<string, number>>> {
    signal?.throwIfAborted();
    const entry = this.#book.get(appId);
    if (!entry) return {};
    const backends = this.#book.backendsOf(appId);
    const loads = await Promise.all(
      backends.map(async (name) => (await this.#plane.statistics(name)).get(name) ?? NO_LOAD),
    );
    return Object.fromEntries(entry.dynos.map((named) => [named.dyno.dynoId, this.#requestsOf(named, loads)]));
  }

  async loads(signal?: AbortSignal): Promise<readonly AppLoad[]> {
    signal?.throwIfAborted();
    const statistics = await this.#plane.statistics(null);
    const loads = this.#book.appIds().map((appId) => {
      const { dynos } = this.#book.get(appId)!;
      const onApp = this.#book.backendsOf(appId).map((name) => statistics.get(name) ?? NO_LOAD);
      const inFlight = dynos.reduce((sum, named) => sum + this.#requestsOf(named, onApp), 0);
      const queued = onApp.reduce((sum, load) => sum + load.queued, 0);
      return { appId, inFlight, queued: queued + this.#backup.heldFor(appId) };
    });
    return loads.filter(({ inFlight, queued }) => inFlight + queued > 0);
  }

  #requestsOf({ server, dyno }: NamedDyno, loads: readonly BackendLoad[]): number {
    return loads.reduce((sum, load) => sum + (load.onServers.get(server) ?? 0), this.#backup.requestsOn(dyno.dynoId));
  }

  putCertificate(certificate: ServedCertificate, signal?: AbortSignal): Promise<void> {
    return this.#certificates.putCertificate(certificate, signal);
  }

  removeCertificate(id: string, signal?: AbortSignal): Promise<void> {
    return this.#certificates.removeCertificate(id, signal);
  }

  retainCertificates(ids: readonly string[], signal?: AbortSignal): Promise<void> {
    return this.#certificates.retainCertificates(ids, signal);
  }

  putChallenge(token: string, answer: string, signal?: AbortSignal): Promise<void> {
    return this.#certificates.putChallenge(token, answer, signal);
  }

  removeChallenge(token: string, signal?: AbortSignal): Promise<void> {
    return this.#certificates.removeChallenge(token, signal);
  }

  wakes(signal: AbortSignal): AsyncIterable<string> {
    return this.#backup.wakes(signal);
  }

  lines(cursor: string | null, signal: AbortSignal): AsyncIterable<readonly FedLine[]> {
    return this.#lines.lines(cursor, signal);
  }

  acknowledge(cursor: string): Promise<void> {
    return this.#lines.acknowledge(cursor);
  }

  /** Requests at unknown hosts and bad requests belong to no app and leave no line. */
  #takeLine(message: string): void {
    const entry = readEntry(message);
    if (!entry) return;
    const appId = this.#book.appOfRequestOn(entry.backend) ?? this.#book.find(entry.host)?.route.appId;
    if (appId === undefined) return;
    const at = logTime(entry.endedAtUs / 1000);
    const { idleMs } = limitsOf(this.#book.get(appId)?.route, this.#limits);
    this.#lines.push({ appId, at, source: 'heroku', ps: 'router', text: routerLine(entry, idleMs) });
  }
}
