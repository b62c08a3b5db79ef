import type { DynoSpec } from '@jangada/core';
import { expect, test } from 'vitest';
import { type ContainerSetting, containerSpec, type DynoFolders } from './container-spec.ts';
import { readLabels } from './labels.ts';

const MEGABYTE = 1024 * 1024;

const spec: DynoSpec = {
  dynoId: '0190a1b2-0000-7000-8000-000000000001',
  appId: '0190a1b2-0000-7000-8000-00000000000a',
  appName: 'aurora',
  name: 'web.1',
  type: 'web',
  version: 42,
  image: 'jangada-stack:heroku-24',
  slug: `sha256:${'a'.repeat(64)}`,
  command: ['bash', '-c', 'npm start'],
  env: { PORT: '5000', HOME: '/elsewhere', GREETING: 'olá = "mundo"' },
  limits: {
    memoryQuota: 512 * MEGABYTE,
    memoryLimit: 2560 * MEGABYTE,
    cpuShares: 1024,
    cpus: 1.5,
    pids: 256,
    diskBytes: 4_194_304,
  },
  port: 5000,
  mounts: [{ source: '/srv/bundle.pem', target: '/etc/ssl/certs/ca-certificates.crt', readonly: true }],
  captureOutput: true,
};
const folders: DynoFolders = {
  app: { kind: 'overlay', lower: '/h/mounts/aa', upper: '/h/dynos/1/upper', work: '/h/dynos/1/work' },
  tmp: '/h/dynos/1/tmp',
  volumes: [],
  uid: 1_200_007,
  accounts: [{ source: '/h/dynos/1/passwd', target: '/etc/passwd', readonly: true }],
};
const setting: ContainerSetting = {
  installId: '0123456789ab',
  network: 'jangada-0123456789ab',
  openFilesLimit: 20_000,
  cpus: 2,
};

test('the container of a web dyno', () => {
  const { HostConfig: host, ...body } = containerSpec(spec, folders, setting) as {
    HostConfig: Record<string, unknown>;
  };
  expect(body).toEqual({
    Image: 'jangada-stack:heroku-24',
    Hostname: spec.dynoId,
    User: '1200007:1200007',
    WorkingDir: '/app',
    Entrypoint: [],
    Cmd: ['bash', '-c', 'npm start'],
    Env: ['PORT=5000', 'HOME=/app', 'GREETING=olá = "mundo"'],
    Labels: {
      'jangada.install': '0123456789ab',
      'jangada.app': spec.appId,
      'jangada.app-name': 'aurora',
      'jangada.dyno': spec.dynoId,
      'jangada.name': 'web.1',
      'jangada.type': 'web',
      'jangada.version': '42',
      'jangada.port': '5000',
      'jangada.slug': spec.slug,
      'jangada.capture': 'true',
      'jangada.sandbox': '',
      'jangada.uid': '1200007',
    },
    Healthcheck: { Test: ['NONE'] },
    AttachStdin: false,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: false,
    StdinOnce: false,
    Tty: false,
  });
  expect({ ...host, SecurityOpt: (host['SecurityOpt'] as string[]).map((option) => option.split('=')[0]) }).toEqual({
    Memory: 2560 * MEGABYTE,
    MemorySwap: 2560 * MEGABYTE,
    MemoryReservation: 512 * MEGABYTE,
    CpuShares: 1024,
    NanoCpus: 1_500_000_000,
    PidsLimit: 256,
    Ulimits: [{ Name: 'nofile', Soft: 10_000, Hard: 10_000 }],
    CapDrop: ['ALL'],
    SecurityOpt: ['no-new-privileges', 'seccomp'],
    ReadonlyRootfs: true,
    Init: true,
    Mounts: [
      {
        Type: 'volume',
        Source: `jangada-0123456789ab-${spec.dynoId}`,
        Target: '/app',
        VolumeOptions: {
          NoCopy: true,
          Labels: { 'jangada.install': '0123456789ab' },
          DriverConfig: {
            Name: 'local',
            Options: {
              type: 'overlay',
              device: 'overlay',
              o: 'nodev,nosuid,lowerdir=/h/mounts/aa,upperdir=/h/dynos/1/upper,workdir=/h/dynos/1/work',
            },
          },
        },
      },
      { Type: 'bind', Source: '/h/dynos/1/tmp', Target: '/tmp', ReadOnly: false },
      { Type: 'bind', Source: '/h/dynos/1/passwd', Target: '/etc/passwd', ReadOnly: true },
      { Type: 'bind', Source: '/srv/bundle.pem', Target: '/etc/ssl/certs/ca-certificates.crt', ReadOnly: true },
    ],
    NetworkMode: 'jangada-0123456789ab',
    RestartPolicy: { Name: 'no' },
    LogConfig: { Type: 'local', Config: { 'max-size': '2m', 'max-file': '1', compress: 'false' } },
  });
});

function hostConfigOf(change: Partial<DynoSpec>, options: Partial<ContainerSetting> = {}): Record<string, unknown> {
  const body = containerSpec(
    { ...spec, ...change },
    { app: { kind: 'directory', path: '/h/dynos/1/app' }, tmp: '/h/dynos/1/tmp', volumes: [], uid: 1000, accounts: [] },
    { ...setting, ...options },
  );
  return body['HostConfig'] as Record<string, unknown>;
}

test('a dyno that joins a sandbox has its network and its host name', () => {
  const own = containerSpec(spec, folders, setting) as { HostConfig: object };
  const { HostConfig: host, ...body } = containerSpec(spec, folders, { ...setting, sandbox: 'abc' }) as typeof own;
  const { Hostname: _, ...rest } = own as { Hostname?: string } & typeof own;
  expect({ ...body, HostConfig: host }).toEqual({
    ...rest,
    HostConfig: { ...own.HostConfig, NetworkMode: 'container:abc' },
  });
});

test('a build has a writable folder as /app and one of the platform as /tmp, and the engine keeps nothing of its output', () => {
  const mounts = [{ source: '/h/builds/1', target: '/tmp', readonly: false }];
  const host = hostConfigOf({ slug: null, captureOutput: false, mounts });
  expect(host['Mounts']).toEqual([
    { Type: 'bind', Source: '/h/dynos/1/app', Target: '/app' },
    { Type: 'bind', Source: '/h/builds/1', Target: '/tmp', ReadOnly: false },
  ]);
  expect(host['LogConfig']).toEqual({ Type: 'none' });
});

test('limits never ask for more than the machine has, which the engine would refuse', () => {
  const limits = { ...spec.limits, cpus: 8, cpuShares: 0 };
  const host = hostConfigOf({ limits }, { openFilesLimit: 4_096 });
  expect(host['NanoCpus']).toBeUndefined();
  expect(host['CpuShares']).toBe(2);
  expect(host['Ulimits']).toEqual([{ Name: 'nofile', Soft: 4_096, Hard: 4_096 }]);
});

test('what runs in the background has another parent than the engine’s own', () => {
  expect(hostConfigOf({}, {})['CgroupParent']).toBeUndefined();
  expect(hostConfigOf({}, { parent: '/jangada_0123456789ab' })['CgroupParent']).toBe('/jangada_0123456789ab');
});

test('a terminal opens the input', () => {
  const body = containerSpec(spec, folders, setting, { stdin: true, tty: true });
  expect(body).toMatchObject({ OpenStdin: true, StdinOnce: true, AttachStdin: true, Tty: true });
});

test('the seccomp profile knows no io_uring, namespaces, modules or mounts', () => {
  const option = (hostConfigOf({})['SecurityOpt'] as string[])[1]!;
  const profile = JSON.parse(option.slice('seccomp='.length));
  const allowed = new Set(profile.syscalls.flatMap((rule: { names: string[] }) => rule.names));
  expect(profile.defaultAction).toBe('SCMP_ACT_ERRNO');
  for (const call of [
    'io_uring_setup',
    'io_uring_enter',
    'unshare',
    'setns',
    'mount',
    'bpf',
    'init_module',
    'keyctl',
  ]) {
    expect(allowed.has(call), call).toBe(false);
  }
});

test('labels tell a new agent what the old one knew', () => {
  const labels = containerSpec(spec, folders, setting)['Labels'] as Record<string, string>;
  expect(readLabels(labels)).toEqual({
    dynoId: spec.dynoId,
    appId: spec.appId,
    appName: 'aurora',
    name: 'web.1',
    type: 'web',
    version: 42,
    port: 5000,
    slug: spec.slug,
    captureOutput: true,
    uid: 1_200_007,
  });
  expect(readLabels({ 'jangada.install': '0123456789ab' })).toBeNull();
});

test('a dyno that was started before dynos had user ids of their own has the one that all had', () => {
  expect(readLabels({ 'jangada.dyno': spec.dynoId })).toMatchObject({ uid: 1000 });
});

test('an image of the app keeps what it says, but for its user and its privileges', () => {
  const own = { ...spec, root: 'image', image: `sha256:${'b'.repeat(64)}`, command: [], mounts: [] } as const;
  const bare: DynoFolders = { ...folders, app: { kind: 'none' }, accounts: [] };
  const { HostConfig: host, ...body } = containerSpec(own, bare, setting) as { HostConfig: object };
  for (const key of ['WorkingDir', 'Entrypoint', 'Cmd']) expect(body).not.toHaveProperty(key);
  expect(body).toMatchObject({ Image: own.image, User: '1200007:1200007', Healthcheck: { Test: ['NONE'] } });
  expect(host).toMatchObject({ ReadonlyRootfs: false, CapDrop: ['ALL'], Init: true });
  expect(host).toHaveProperty('Mounts', [{ Type: 'bind', Source: bare.tmp, Target: '/tmp', ReadOnly: false }]);
  expect(containerSpec({ ...own, command: ['sh'] }, bare, setting)).toMatchObject({ Cmd: ['sh'] });
});

test('where an image has a VOLUME is a folder of the dyno’s disk, unless the platform mounts something there', () => {
  const volumes = ['/data', '/tmp'].map((target, index) => ({ source: `/h/${index}`, target, readonly: false }));
  const bare: DynoFolders = { ...folders, app: { kind: 'none' }, accounts: [], volumes };
  const { HostConfig: host } = containerSpec({ ...spec, root: 'image', mounts: [] }, bare, setting);
  expect(host).toHaveProperty('Mounts', [
    { Type: 'bind', Source: bare.tmp, Target: '/tmp', ReadOnly: false },
    {
      Type: 'volume',
      Target: '/data',
      VolumeOptions: {
        Labels: { 'jangada.install': '0123456789ab' },
        DriverConfig: { Name: 'local', Options: { type: 'none', device: '/h/0', o: 'bind,nodev,nosuid' } },
      },
    },
  ]);
});
