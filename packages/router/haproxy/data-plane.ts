import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { startMark } from '../access-log/request-id.ts';
import type { CertificatePlane } from '../certificates/certificate-plane.ts';
import type { RouterLimits } from '../limits.ts';
import type { pathsIn } from '../plan/files.ts';
import { type HaproxyPlan, haproxyConfig, planFingerprint } from '../plan/haproxy-config.ts';
import type { MapWish } from '../plan/maps.ts';
import { planServers, readServersState, type ServerState } from '../plan/servers.ts';
import { type BackendLoads, readStatistics } from '../plan/statistics.ts';
import type { RouteBook } from '../table/route-book.ts';
import { AdminSocket, HaproxyGone, HaproxyRefused } from './admin-socket.ts';
import { type Certificate, fixedFiles, writeFiles } from './config-files.ts';
import { Gate } from './gate.ts';
import { MapMirror } from './map-mirror.ts';
import { checkPortFree } from './ports.ts';
import { HaproxyProcess, haproxyVersion, type RunningHaproxy } from './process.ts';
import type { HaproxyUser } from './user.ts';

export interface DataPlaneOptions {
  /** The router's folder. */
  readonly folder: string;
  readonly paths: ReturnType<typeof pathsIn>;
  readonly bind: string;
  readonly httpPort: number;
  /** Used when there is a certificate. */
  readonly httpsPort: number;
  /** The platform's own certificate; null: no TLS listener. */
  readonly certificate: Certificate | null;
  /** Certificates of apps. */
  readonly certificates: Pick<CertificatePlane, 'adopt' | 'forStart'>;
  readonly limits: RouterLimits;
  /** Program to start. Default `haproxy`. */
  readonly executable?: string;
  /** Null: HAProxy stays the user of this process. */
  readonly user: HaproxyUser | null;
  readonly threads: number;
  readonly maxConnections: number;
  readonly report: (event: string, detail?: Readonly<Record<string, unknown>>) => void;
}

/** Longest pause between tries to start a HAProxy that does not come up. */
const LONGEST_PAUSE_MS = 5_000;
/** Pause between tries to delete servers that still have connections. */
const SWEEP_MS = 500;

/** Makes HAProxy follow the book: one app at a time over its socket, all at once by a start or a reload. */
export class DataPlane {
  readonly #options: DataPlaneOptions;
  readonly #book: RouteBook;
  readonly #admin: AdminSocket;
  readonly #process: HaproxyProcess;
  readonly #gate = new Gate();
  readonly #mirror = new MapMirror();
  readonly #stopped = new AbortController();
  readonly #unswept = new Set<string>();
  #version: readonly [number, number] = [2, 6];
  #watching = new AbortController();
  #poolSize = 0;
  #sweeping: NodeJS.Timeout | null = null;

  constructor(book: RouteBook, options: DataPlaneOptions) {
    this.#book = book;
    this.#options = options;
    this.#admin = new AdminSocket(options.paths.adminSocket);
    this.#process = new HaproxyProcess(options.folder, options.paths, options.executable ?? 'haproxy');
  }

  /** Adopts the HAProxy of an earlier run, reloads it when its plan is another, or starts one. Then keeps one running. */
  async start(): Promise<void> {
    this.#version = await haproxyVersion(this.#options.executable ?? 'haproxy');
    const running = await this.#process.running();
    if (!running) await this.#checkPorts();
    if (running?.fingerprint === this.#fingerprint()) await this.#adopt(running);
    else await this.#launch(running);
    void this.#keepRunning();
  }

  /**
   * Brings one app, and the hosts that it has or had, in line with the book. Waits while HAProxy restarts; who stops waiting
   * has lost nothing, because HAProxy restarts with the whole book.
   */
  async follow(backend: string, hosts: Iterable<string>, signal?: AbortSignal): Promise<void> {
    if (this.#book.pool.size > this.#poolSize) await this.#reload(() => this.#book.pool.size > this.#poolSize);
    for (let refusals = 0; ; ) {
      this.#stopped.signal.throwIfAborted();
      try {
        return await this.#gate.shared(() => this.#reconcile(backend, hosts));
      } catch (error) {
        if (error instanceof HaproxyGone) await delay(20, undefined, signal ? { signal } : {});
        else if (!(error instanceof HaproxyRefused)) throw error;
        // The first time what HAProxy has is read anew.
        else if (++refusals > 1) return await this.#startOver(error);
      }
    }
  }

  /** HAProxy is not in the state that we think it is: files tell it everything anew. */
  #startOver(refusal: HaproxyRefused): Promise<void> {
    this.#options.report('haproxy_refused', { answer: refusal.message });
    return this.#reload(() => true);
  }

  /** Runs other commands while HAProxy is not being restarted, from the beginning when it goes away meanwhile. */
  async whileServing(work: (admin: AdminSocket) => Promise<void>, signal?: AbortSignal): Promise<void> {
    for (;;) {
      this.#stopped.signal.throwIfAborted();
      try {
        return await this.#gate.shared(() => work(this.#admin));
      } catch (error) {
        if (!(error instanceof HaproxyGone)) throw error;
        await delay(20, undefined, signal ? { signal } : {});
      }
    }
  }

  /** What HAProxy has open on each server of a backend, or of all; nothing while it restarts. */
  async statistics(backend: string | null): Promise<BackendLoads> {
    const text = await this.#admin.ask(`show stat ${backend ?? '-1'} 6 -1`).catch((error: unknown) => {
      if (error instanceof HaproxyGone) return '';
      throw error;
    });
    return readStatistics(text);
  }

  /**
   * HAProxy 3.0 keeps a log connection whose reader is gone for ever (haproxy#3153). Ended by force it is opened anew, and
   * what waited in the ring is delivered.
   */
  async reviveLog(): Promise<void> {
    const sessions = await this.#admin.ask('show sess');
    // Neither a client's nor a command's: the ring's own.
    for (const [, id] of sessions.matchAll(/^(0x[0-9a-f]+): proto=\? /gm)) {
      const detail = await this.#admin.ask(`show sess ${id}`);
      if (detail.includes('frontend=rlog ')) await this.#admin.change([`shutdown session ${id}`]);
    }
  }

  /** The process id of the HAProxy that serves now. */
  async pid(): Promise<number | null> {
    return (await this.#process.running())?.pid ?? null;
  }

  /** Lets go of HAProxy, which goes on. */
  release(): void {
    this.#stopped.abort(new Error('the router stops'));
    this.#watching.abort();
    if (this.#sweeping) clearInterval(this.#sweeping);
  }

  /** Stops HAProxy after its requests, at most `graceMs` later. */
  async stop(graceMs: number): Promise<void> {
    this.release();
    await this.#gate.exclusive(() => this.#process.stop(graceMs));
  }

  async #reconcile(backend: string, hosts: Iterable<string>): Promise<void> {
    const have = readServersState(await this.#admin.ask(`show servers state ${backend}`)).get(backend) ?? [];
    const servers = planServers(backend, this.#book.serversOn(backend), have, this.#options.limits);
    const wishes = (): MapWish[] => this.#book.wishesFor([backend], hosts);
    await this.#mirror.follow(this.#admin, wishes, servers.opening, servers.closing);
    if (servers.gone.length > 0 || this.#book.appOn(backend) === undefined) this.#sweepLater(backend);
  }

  #plan(): HaproxyPlan {
    const { certificate, httpsPort, ...fixed } = this.#options;
    const backends = this.#book.pool.all().map((name) => ({ name, servers: this.#book.serversOn(name) }));
    return {
      ...fixed,
      version: this.#version,
      httpsPort: certificate ? httpsPort : null,
      backends,
      startMark: startMark(randomBytes(4)),
    };
  }

  #fingerprint(): string {
    return planFingerprint(this.#plan(), Object.values(fixedFiles(this.#options.certificate)));
  }

  async #launch(previous: RunningHaproxy | null): Promise<void> {
    const { certificate, certificates, folder } = this.#options;
    const plan = this.#plan();
    const fingerprint = this.#fingerprint();
    const wishes = this.#book.wishesFor(this.#book.pool.all(), this.#book.hosts());
    const mirror = new MapMirror();
    mirror.reset(wishes);
    await writeFiles(folder, haproxyConfig(plan, fingerprint), mirror, certificate, certificates.forStart);
    const running = await this.#process.start(fingerprint, previous).catch(async (error: unknown) => {
      // HAProxy keeps it to itself when its listeners cannot have their ports (`-q`).
      if (!previous) await this.#checkPorts();
      throw error;
    });
    this.#mirror.reset(wishes);
    this.#poolSize = plan.backends.length;
    this.#watching.abort();
    this.#options.report(previous ? 'haproxy_reloaded' : 'haproxy_started', { pid: running.pid });
  }

  async #adopt(running: RunningHaproxy): Promise<void> {
    await this.#mirror.read(this.#admin);
    this.#poolSize = this.#book.pool.size;
    const states = readServersState(await this.#admin.ask('show servers state'));
    this.#book.continueAfter(highestSequence(states));
    const backends = [...states.keys(), ...this.#book.appIds().map((appId) => this.#book.get(appId)!.backend)];
    for (const backend of new Set(backends)) {
      if (this.#book.appOn(backend) === undefined) this.#book.pool.reserve(backend);
      await this.#reconcile(backend, []);
    }
    await this.#mirror.follow(this.#admin, () =>
      this.#book.wishesFor(
        new Set([...this.#mirror.backends(), ...this.#book.pool.all()]),
        new Set([...this.#mirror.hosts(), ...this.#book.hosts()]),
      ),
    );
    await this.#options.certificates.adopt(this.#admin);
    this.#options.report('haproxy_adopted', { pid: running.pid });
  }

  #reload(needed: () => boolean): Promise<void> {
    return this.#gate.exclusive(async () => {
      if (needed()) await this.#launch(await this.#process.running());
    });
  }

  /** A HAProxy that is gone is started again at once, with everything in the book. */
  async #keepRunning(): Promise<void> {
    let pause = 0;
    while (!this.#stopped.signal.aborted) {
      this.#watching = new AbortController();
      await this.#process.watch(this.#watching.signal);
      if (this.#stopped.signal.aborted) return;
      await this.#gate
        .exclusive(async () => {
          if (this.#stopped.signal.aborted || (await this.#process.running())) return;
          this.#options.report('haproxy_lost');
          await this.#launch(null);
          pause = 0;
        })
        .catch((error: unknown) => {
          pause = Math.min(LONGEST_PAUSE_MS, pause * 2 + 100);
          this.#options.report('haproxy_start_failed', { error: String(error), nextTryInMs: pause });
        });
      if (pause > 0) await delay(pause);
    }
  }

  #sweepLater(backend: string): void {
    this.#unswept.add(backend);
    this.#sweeping ??= setInterval(() => void this.#sweepAll(), SWEEP_MS).unref();
  }

  /** Deletes what left the book, as soon as no connection holds it. A server in `maint` is harmless meanwhile. */
  async #sweepAll(): Promise<void> {
    for (const backend of [...this.#unswept]) {
      const clean = await this.#gate.shared(() => this.#sweep(backend)).catch(() => false);
      if (clean) this.#unswept.delete(backend);
    }
    if (this.#unswept.size > 0 || !this.#sweeping) return;
    clearInterval(this.#sweeping);
    this.#sweeping = null;
  }

  async #sweep(backend: string): Promise<boolean> {
    const have = readServersState(await this.#admin.ask(`show servers state ${backend}`)).get(backend) ?? [];
    const { gone } = planServers(backend, this.#book.serversOn(backend), have, this.#options.limits);
    let left = 0;
    for (const name of gone) {
      const commands = [`set server ${backend}/${name} state maint`, `del server ${backend}/${name}`];
      await this.#admin.change(commands).catch(() => left++);
    }
    if (left === 0) this.#book.release(backend);
    return left === 0;
  }

  async #checkPorts(): Promise<void> {
    const { bind, httpPort, httpsPort, certificate } = this.#options;
    await checkPortFree(bind, httpPort, 'JANGADA_HTTP_PORT');
    if (certificate) await checkPortFree(bind, httpsPort, 'JANGADA_HTTPS_PORT');
  }
}

function highestSequence(states: ReadonlyMap<string, readonly ServerState[]>): number {
  const names = [...states.values()].flat().map((server) => server.name);
  return Math.max(0, ...names.map((name) => Number(name.split('.').at(-1)) || 0));
}
