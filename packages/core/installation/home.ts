import { join, resolve } from 'node:path';
import { PlatformError } from '@jangada/platform-api';

/**
 * Where everything of one installation lives below `JANGADA_HOME`, and which process owns it. Nothing else is written on
 * the machine, apart from the engine's own images, networks and containers, which carry the installation's label.
 */
export interface Home {
  readonly root: string;
  /** Settings that were fixed at the first start. cli. */
  readonly settings: string;
  /** How systemd's unit reaches the outside, mode 600 (`bin/jangada install`); absent without. cli. */
  readonly unitEnvironment: string;
  /** What the operator changes of the dyno sizes (dyno/size-table.ts); absent without changes. */
  readonly sizes: string;
  /** What the operator chooses for all builds (installation/build-options.ts); absent without. */
  readonly buildOptions: string;
  /** The operator's buildpacks: `registry.json`, and `<namespace>/<name>` folders, `.tgz` archives or bare `.git`. operator, cli. */
  readonly buildpacks: string;
  /** 32 random bytes, mode 600: encrypts sealed columns, signs capability URLs. cli. */
  readonly masterKey: string;
  /** SSH host key of `ps:exec`, mode 600. control-plane. */
  readonly execHostKey: string;
  /** Platform CA, server certificate, and the trust bundle for clients. cli. */
  readonly tls: string;
  /** Unix sockets and pid files. */
  readonly run: string;
  /** PostgreSQL data directory of the embedded database. supervisor. */
  readonly postgres: string;
  /** Which embedded database this installation has; absent before its first start. supervisor. */
  readonly database: string;
  /** Blobs by digest. control-plane writes, node-agent reads. */
  readonly blobs: string;
  /** Read-only slug mounts. node-agent. */
  readonly mounts: string;
  /** Writable layers of dynos. node-agent. */
  readonly dynos: string;
  /** Bare git repositories, `<app id>.git`. control-plane. */
  readonly repos: string;
  /** Working folders of running builds. control-plane. */
  readonly builds: string;
  /** Layers of images that are being pushed. control-plane. */
  readonly uploads: string;
  /** Build caches, one folder an app. control-plane. */
  readonly caches: string;
  /** Runtimes shared by all apps; the operator puts others here. control-plane. */
  readonly runtimes: string;
  /** Kept log lines. control-plane. */
  readonly logs: string;
  /** Output of builds and release commands. control-plane. */
  readonly outputs: string;
  /** What the router did, by app and minute. control-plane. */
  readonly metrics: string;
  /** HAProxy's files and the route snapshot. router. */
  readonly router: string;
  /** Root file systems of the stack images, cached. cli. */
  readonly stack: string;
  /** The platform's own process logs. supervisor. */
  readonly processLogs: string;
  /** `heroku` as our users call it. cli. */
  readonly bin: string;
}

/** Longest path of a home in bytes: unix sockets below it must fit into 107. */
const LONGEST_HOME = 73;

/**
 * Throws `invalid_params` when `root` cannot be a home: it must be absolute, short enough for sockets, and without the
 * characters that separate options of mounts and words of configurations.
 */
export function assertUsableHome(root: string): void {
  const complaint = (rule: string): never => {
    throw new PlatformError('invalid_params', `JANGADA_HOME ${rule}: "${root}". Choose another folder.`);
  };
  if (!root.startsWith('/')) complaint('must be an absolute path');
  if (normalRoot(root) === '/') complaint('must not be the root folder');
  if (/[\s,:\\"']/.test(root)) complaint('must not have a space, comma, colon, quote or backslash in its path');
  if (Buffer.byteLength(root) > LONGEST_HOME) complaint(`may have at most ${LONGEST_HOME} bytes`);
}

/** One spelling of each home: without a slash at its end, `.` and `..`. A relative path stays, for `assertUsableHome` to refuse. */
export function normalRoot(root: string): string {
  return root.startsWith('/') ? resolve(root) : root;
}

/** Lays out the folders below `path` (an absolute path, in any spelling). */
export function homeLayout(path: string): Home {
  const root = normalRoot(path);
  const at = (...parts: string[]): string => join(root, ...parts);
  return {
    root,
    settings: at('settings.json'),
    unitEnvironment: at('unit.env'),
    sizes: at('sizes.json'),
    buildOptions: at('builds.json'),
    buildpacks: at('buildpacks'),
    masterKey: at('keys', 'master.key'),
    execHostKey: at('keys', 'exec_host_key'),
    tls: at('tls'),
    run: at('run'),
    postgres: at('postgres'),
    database: at('database.json'),
    blobs: at('blobs'),
    mounts: at('mounts'),
    dynos: at('dynos'),
    repos: at('repos'),
    builds: at('builds'),
    uploads: at('uploads'),
    caches: at('caches'),
    runtimes: at('runtimes'),
    logs: at('logs'),
    outputs: at('outputs'),
    metrics: at('metrics'),
    router: at('router'),
    stack: at('stack'),
    processLogs: at('process-logs'),
    bin: at('bin'),
  };
}

/** The sockets over which the platform's processes talk. */
export interface Sockets {
  readonly agent: string;
  readonly router: string;
  /** Supervisor: status and stop. */
  readonly supervisor: string;
  /** Control plane: it answers nothing, but only one process can hold it. */
  readonly controlPlane: string;
}

export function socketsOf(home: Home): Sockets {
  return {
    agent: join(home.run, 'agent.sock'),
    router: join(home.run, 'router.sock'),
    supervisor: join(home.run, 'supervisor.sock'),
    controlPlane: join(home.run, 'control-plane.sock'),
  };
}

/** Files of the platform's own PKI below `home.tls`. PEM. */
export interface TlsFiles {
  readonly caCert: string;
  readonly caKey: string;
  readonly serverCert: string;
  readonly serverKey: string;
  /** The machine's own CA bundle followed by the platform CA: what clients trust. */
  readonly bundle: string;
}

export function tlsFilesOf(home: Home): TlsFiles {
  const at = (name: string): string => join(home.tls, name);
  return {
    caCert: at('ca.pem'),
    caKey: at('ca.key'),
    serverCert: at('server.pem'),
    serverKey: at('server.key'),
    bundle: at('bundle.pem'),
  };
}
