import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  DEFAULT_DYNO_UIDS,
  type DynoSpec,
  type Engine,
  type EngineDyno,
  type LineFeed,
  type Terminals,
} from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { adoptContainer, adoptDynos, findContainer, listContainers, removeLeftovers } from './adoption.ts';
import { createBackgroundGroup } from './background/background-group.ts';
import type { ContainerTerminal } from './container-spec.ts';
import { guardDisk } from './disk-guard.ts';
import { connectDocker } from './docker-api.ts';
import type { DockerEvent } from './docker-shapes.ts';
import { execTerminal, notRunning, runTerminal } from './docker-terminals.ts';
import { createDynoFiles } from './dyno-files.ts';
import type { DynoRecord } from './dyno-record.ts';
import { type StartedDyno, startDyno } from './dyno-start.ts';
import { readStats } from './dyno-stats.ts';
import { cutOff, forgetDyno, removeContainer, stopDyno } from './dyno-stop.ts';
import { createDynoUsers } from './dyno-users.ts';
import { lookForOomKills, noteOom, noteStart, settleDeath } from './dyno-watch.ts';
import { EventHub, away as engineAway } from './event-hub.ts';
import { pumpEvents } from './event-pump.ts';
import { FloodRests } from './flood-rests.ts';
import { freezeDyno, thawDyno } from './freezer.ts';
import { createImageAccounts } from './image-accounts.ts';
import { DYNO_LABEL, isSandbox } from './labels.ts';
import type { DockerEngineOptions, Machine } from './machine.ts';
import { createGuard, ensureNetwork, networkName, removeNetwork } from './network.ts';
import { createNetworkSandboxes } from './network-sandboxes.ts';
import { OutputFeed } from './output-feed.ts';
import { createSlugMounts } from './slug-mounts.ts';
import { StartQueue } from './start-queue.ts';
import { createTimestamps } from './timestamps.ts';

const OOM_PACE_MS = 2_000;
/** Rules of the background's class are in such readings. */
const BACKGROUND_PACE_MS = 1_000;
const DISK_PACE_MS = 2_000;
/** A firewall reload elsewhere removes rules; they come back within this time. */
const GUARD_PACE_MS = 30_000;
/** How long at most a deleted slug that is still mounted takes room on the disk. */
const TIDY_PACE_MS = 30_000;

export interface DockerEngine extends Required<Engine>, Terminals, LineFeed {
  /**
   * Begins: adopts the dynos that run, makes the network and its rules. Resolves after the first attempt, also when the
   * engine does not answer: it is tried until it does, and calls throw `engine_unavailable` meanwhile.
   */
  open(): Promise<void>;
  /** Lets go of everything. Dynos go on. */
  close(): Promise<void>;
  /** Removes all dynos of the installation, its network, rules and mounts. */
  teardown(): Promise<void>;
}

/** The engine of one machine on its Docker Engine. */
export function createDockerEngine(options: DockerEngineOptions): DockerEngine {
  const { installId, home, slugFile } = options;
  if (!/^[0-9a-f]{12}$/.test(installId)) {
    throw new PlatformError('invalid_params', `The installation id must be twelve hex digits, not "${installId}".`);
  }
  // They separate the parts of an overlay's mount options.
  if (/[,:\\\s]/.test(home.dynos + home.mounts)) {
    const message = `JANGADA_HOME must not have a comma, colon, backslash or space in its path: "${home.dynos}".`;
    throw new PlatformError('invalid_params', message);
  }
  const api = connectDocker(options.socketPath ?? '/var/run/docker.sock');
  const records = new Map<string, DynoRecord>();
  const isKnown = (key: string): boolean =>
    [...records.values()].some(({ labels }) => `${labels.appId} ${labels.name}` === key);
  const report = options.report ?? (() => undefined);
  const users = createDynoUsers({
    installId,
    range: options.dynoUids === undefined ? DEFAULT_DYNO_UIDS : options.dynoUids,
    probeFolder: join(home.run, 'uid-probe'),
    report,
  });
  const mounts = createSlugMounts({ folder: home.mounts, slugFile });
  const accountsOf = createImageAccounts(api, installId);
  const machine: Machine = {
    installId,
    api,
    setting: {
      installId,
      network: networkName(installId),
      openFilesLimit: openFilesLimit(),
      cpus: availableParallelism(),
    },
    files: createDynoFiles({ folder: home.dynos, api, mounts, users, accountsOf }),
    users,
    sandboxes: createNetworkSandboxes(installId, api),
    feed: new OutputFeed(join(home.run, 'agent-output.json'), isKnown),
    rests: new FloodRests(),
    hub: new EventHub(),
    records,
    now: createTimestamps(),
    background: createBackgroundGroup(installId, api, report),
    report,
  };
  const guard = createGuard(installId, options.publicPorts ?? [], machine.report);
  const queue = new StartQueue(options.concurrentStarts ?? Math.max(2, machine.setting.cpus));
  const starting = new Map<string, Promise<StartedDyno>>();
  const closing = new AbortController();
  const firstAttempt = Promise.withResolvers<void>();
  let away = false;
  let clean = false;
  let failure: unknown = engineAway();
  let background: Promise<unknown> = Promise.resolve();
  const timers: NodeJS.Timeout[] = [];

  const connected = async (): Promise<void> => {
    await ensureNetwork(api, installId);
    await guard();
    if (!clean) await removeLeftovers(machine);
    clean = true;
    await adoptDynos(machine);
    void machine.sandboxes.keep();
    if (away) machine.report('engine.back');
    away = false;
    machine.hub.connect();
    machine.hub.emit({ kind: 'sync' });
    firstAttempt.resolve();
  };

  const disconnected = (error: unknown): void => {
    if (!away) machine.report('engine.away', { reason: error instanceof Error ? error.message : String(error) });
    away = true;
    failure = error;
    machine.hub.disconnect();
    firstAttempt.resolve();
  };

  const sandboxEnded = (containerId: string): void => {
    machine.sandboxes.forget(containerId);
    for (const record of records.values()) {
      if (record.sandbox?.containerId === containerId && record.exit === null) {
        void cutOff(machine, record).catch(() => undefined);
      }
    }
  };

  const onEvent = (event: DockerEvent): void => {
    if (event.Action === 'die' && isSandbox(event.Actor.Attributes)) sandboxEnded(event.Actor.ID);
    const record = records.get(event.Actor.Attributes[DYNO_LABEL] ?? '');
    if (record?.containerId !== event.Actor.ID) return;
    if (event.Action === 'start') noteStart(machine, record);
    if (event.Action === 'oom') noteOom(machine, record);
    if (event.Action === 'die') {
      settleDeath(machine, record, Number(event.Actor.Attributes['exitCode'] ?? 137)).catch(() => undefined);
    }
  };

  /** What an earlier agent left is looked through first: a folder made meanwhile would be taken for a leftover. */
  const mustBeClean = (): void => {
    if (!clean) throw failure;
  };

  const find = async (dynoId: string): Promise<DynoRecord | null> => {
    mustBeClean();
    const known = records.get(dynoId);
    if (known) return known;
    const container = await findContainer(machine, dynoId);
    return container ? adoptContainer(machine, container) : null;
  };

  const begin = (spec: DynoSpec, terminal: ContainerTerminal | null, signal?: AbortSignal): Promise<StartedDyno> => {
    const running = starting.get(spec.dynoId);
    if (running) return running;
    const start = (async () => {
      mustBeClean();
      const container = await findContainer(machine, spec.dynoId);
      const existing = container ? await adoptContainer(machine, container) : null;
      if (container && existing) return { record: existing, socket: null, status: container.State };
      // One that was made but never started is what a killed agent leaves behind.
      if (container) await removeContainer(machine, spec.dynoId);
      return queue.run(() => startDyno(machine, spec, terminal, signal));
    })().finally(() => {
      starting.delete(spec.dynoId);
      if (starting.size === 0) machine.sandboxes.fillSoon();
    });
    starting.set(spec.dynoId, start);
    return start;
  };

  const running = async (dynoId: string): Promise<DynoRecord> => {
    const record = await find(dynoId);
    if (!record || record.exit !== null || record.cgroup === null) throw notRunning();
    return record;
  };

  return {
    async open() {
      await machine.feed.open();
      background = pumpEvents(api, installId, { connected, disconnected, event: onEvent }, closing.signal);
      timers.push(setInterval(() => void lookForOomKills(machine), OOM_PACE_MS));
      timers.push(setInterval(() => away || void Promise.all([guard(), machine.sandboxes.keep()]), GUARD_PACE_MS));
      timers.push(setInterval(() => void machine.files.tidy().catch(() => undefined), TIDY_PACE_MS));
      timers.push(setInterval(() => away || void machine.background.keep(), BACKGROUND_PACE_MS));
      timers.push(
        setInterval(
          () => void guardDisk(machine, home.dynos, options.diskReserveBytes).catch(() => undefined),
          DISK_PACE_MS,
        ),
      );
      await firstAttempt.promise;
    },

    async close() {
      closing.abort();
      for (const timer of timers) clearInterval(timer);
      for (const record of records.values()) record.over.abort();
      await background;
      await machine.background.release();
      await machine.sandboxes.close();
      machine.hub.disconnect();
      await machine.feed.settled();
      await machine.files.settled();
      api.close();
    },

    async teardown() {
      for (const container of await listContainers(machine)) {
        const dynoId = container.Labels[DYNO_LABEL];
        if (dynoId) await forgetDyno(machine, dynoId);
      }
      await machine.sandboxes.remove();
      await machine.files.reconcile(new Map());
      await machine.files.settled();
      await machine.background.remove();
      await removeNetwork(api, installId);
    },

    async start(spec, signal) {
      const { record, status } = await begin(spec, null, signal);
      return record.view(status);
    },

    async stop(dynoId, graceMs, signal) {
      await starting.get(dynoId)?.catch(() => undefined);
      const record = await find(dynoId);
      if (!record) {
        await forgetDyno(machine, dynoId);
        return { exitCode: null, killed: false };
      }
      return stopDyno(machine, record, graceMs, signal);
    },

    async list(only, signal) {
      mustBeClean();
      const dynos: EngineDyno[] = [];
      for (const container of await listContainers(machine, only, signal)) {
        const record = await adoptContainer(machine, container);
        if (record?.containerId === container.Id) dynos.push(record.view(container.State));
      }
      return dynos;
    },

    events: (signal) => machine.hub.read(signal),

    stats: () => readStats(machine),

    async pause(dynoId) {
      await freezeDyno(await running(dynoId));
    },

    async resume(dynoId) {
      if (!(await thawDyno(api, await running(dynoId)))) throw notRunning();
    },

    async run(spec, tty, signal) {
      const runsAlready = new PlatformError('conflict', `${spec.name} runs already. Run it under another name.`);
      if (starting.has(spec.dynoId)) throw runsAlready;
      const started = await begin(spec, { stdin: true, tty: tty !== null }, signal);
      if (!started.socket) throw runsAlready;
      return runTerminal(machine, started, tty, signal);
    },

    async exec(dynoId, command, tty, signal) {
      const { containerId, frozen } = await running(dynoId);
      // The process would be as frozen as the others.
      if (frozen) throw notRunning();
      return execTerminal(machine, containerId, command, tty, signal);
    },

    lines: (cursor, signal) => machine.feed.lines(cursor, signal),
    acknowledge: (cursor) => machine.feed.acknowledge(cursor),
  };
}

/** Hard limit of open files of this process, which the daemon was started with too unless an operator raised it. */
function openFilesLimit(): number {
  const text = readFileSync('/proc/self/limits', 'utf8');
  return Number(/^Max open files\s+\S+\s+(\d+)/m.exec(text)?.[1] ?? Number.POSITIVE_INFINITY);
}
