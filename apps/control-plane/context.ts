import type {
  BlobStore,
  Clock,
  Engine,
  Home,
  Ids,
  Images,
  LogHub,
  OutputStreams,
  RouteTable,
  Settings,
  SizeTable,
  Store,
  Terminals,
} from '@jangada/core';

/** What every use case may reach. Made once, in `main.ts`. */
export interface Context {
  readonly settings: Settings;
  readonly home: Home;
  readonly store: Store;
  readonly sizes: SizeTable;
  /** Hosts that sources may be fetched from although they are not of the public internet. In lower case. */
  readonly downloadHosts: readonly string[];
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logs: LogHub;
  readonly outputs: OutputStreams;
  readonly blobs: BlobStore;
  readonly engine: Engine;
  readonly terminals: Terminals;
  /** Images of container apps on the machine's engine. */
  readonly images: Images;
  readonly routes: RouteTable;
  readonly capabilities: Capabilities;
  /** Engine image of a stack: `heroku-24`, variant `run` for dynos, `build` for builds. Throws `stack_not_found`. */
  stackImage(stack: string, variant: 'run' | 'build'): Promise<string>;
  /** Bytes that are free on the disk that the installation is on. */
  freeBytes(): Promise<number>;
  /** The platform's own log: one JSON line to standard error. Never secrets. */
  report(event: string, detail?: Readonly<Record<string, unknown>>): void;
}

/** Signs what a URL allows, so that the URL alone is the permission (log sessions, output streams). Valid across restarts. */
export interface Capabilities {
  /** `purpose` keeps capabilities of different kinds apart; `expires` null means never. URL-safe text. */
  sign(purpose: string, content: unknown, expires: Date | null): string;
  /** The content, or null when the token is forged, of another purpose or expired. */
  verify(purpose: string, token: string): unknown;
}
