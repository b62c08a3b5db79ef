import type { Digest, Home, UidRange } from '@jangada/core';
import type { BackgroundGroup } from './background/background-group.ts';
import type { ContainerSetting } from './container-spec.ts';
import type { DockerApi } from './docker-api.ts';
import type { DynoFiles } from './dyno-files.ts';
import type { DynoRecord } from './dyno-record.ts';
import type { DynoUsers } from './dyno-users.ts';
import type { EventHub } from './event-hub.ts';
import type { FloodRests } from './flood-rests.ts';
import type { Report } from './network.ts';
import type { NetworkSandboxes } from './network-sandboxes.ts';
import type { OutputFeed } from './output-feed.ts';

export interface DockerEngineOptions {
  /** Twelve hex digits: only objects with this installation's label are seen or touched. */
  readonly installId: string;
  readonly home: Pick<Home, 'mounts' | 'dynos' | 'run'>;
  /** The squashfs file of a slug on this machine. */
  readonly slugFile: (digest: Digest) => string;
  /** Socket of the Docker Engine. Default `/var/run/docker.sock`. */
  readonly socketPath?: string;
  /** TCP ports of this machine that dynos may reach like everybody else: the router's. Default: none. */
  readonly publicPorts?: readonly number[];
  /** User ids of this machine that dynos get, one each; null: they share one. Default `DEFAULT_DYNO_UIDS`. */
  readonly dynoUids?: UidRange | null;
  /** Containers started at the same time. Default: CPU cores, at least 2. */
  readonly concurrentStarts?: number;
  /** Bytes of the machine's disk that dynos may not use up. Default 512 MiB. */
  readonly diskReserveBytes?: number;
  /** Told what an operator should know: `engine.away`, `engine.back`, `network.unguarded`,
   * `disk.low`, `disk.unbounded`, `dynos.shared-uid`, `dyno.cut-off`, `builds.weighted`. Default: nobody. */
  readonly report?: Report;
}

/** What the parts of this engine share. */
export interface Machine {
  readonly installId: string;
  readonly api: DockerApi;
  readonly setting: ContainerSetting;
  readonly files: DynoFiles;
  readonly users: DynoUsers;
  readonly sandboxes: NetworkSandboxes;
  readonly background: BackgroundGroup;
  readonly feed: OutputFeed;
  readonly rests: FloodRests;
  readonly hub: EventHub;
  /** By dyno id. */
  readonly records: Map<string, DynoRecord>;
  /** The machine's time, finer than a millisecond. */
  readonly now: () => number;
  readonly report: Report;
}
