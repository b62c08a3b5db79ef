import type { BlobStore, Engine, Home, Images, StackPackages, Terminals } from '@jangada/core';
import type { BuildLimits } from './build-request.ts';

export interface BuilderOptions {
  readonly terminals: Terminals;
  readonly engine: Engine;
  readonly blobs: BlobStore;
  /** Builds Dockerfiles. Without it apps of the container stack cannot be built. */
  readonly images?: Images;
  readonly home: Home;
  /** The built-in buildpacks, one folder each. */
  readonly buildpacksFolder: string;
  /** The operator's build environment (builds 9.1): `npm_config_registry`, proxies … It is also where runtimes come from. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Prefixes of download addresses and the mirrors that take their place (builds 9.2). Default: none. */
  readonly mirrors?: Readonly<Record<string, string>>;
  /** CA bundle of the machine, mounted into builds. Default: none. */
  readonly caBundle?: string | null;
  /** Where shared runtimes are kept, and where the operator puts others. Default: `runtimes` in the home. */
  readonly runtimesFolder?: string;
  /** Debian packages of the stacks, for runtimes made of them. Default: none. */
  readonly packages?: StackPackages;
  /** Base URL of more runtimes of the operator. Default: none. */
  readonly runtimeMirror?: string | null;
  /** The Node that builds run their buildpacks with, and the default for apps. Default: this process's own. */
  readonly platformNode?: { readonly version: string; readonly binary: string };
  /** Where buildpacks by name come from that are not built in. Default: Heroku's. */
  readonly buildpackRegistry?: string;
  /** Builds at the same time; others wait in order and are told. Default: CPU cores, at least 2. */
  readonly concurrentBuilds?: number;
  /** Bytes that must be free to begin a build. Default: 2 GB. */
  readonly minimumFreeBytes?: number;
  /** Sends a process of the platform that packs slugs to where builds run. Default: it is left at a low priority. */
  readonly toBackground?: (pid: number) => Promise<unknown>;
  readonly limits?: Partial<BuildLimits>;
  /** The platform's own log. */
  readonly report?: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}
