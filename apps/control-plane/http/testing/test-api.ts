import type { Builder } from '@jangada/builder';
import {
  createFakeClock,
  createMemoryBlobStore,
  createMemoryLogHub,
  createMemoryOutputStreams,
  createMemoryStore,
  createSequentialIds,
  type FakeClock,
} from '@jangada/conformance';
import {
  type Account,
  type App,
  DEFAULT_SETTINGS,
  hashPassword,
  hashToken,
  homeLayout,
  type Images,
  type Slug,
  sizeTable,
} from '@jangada/core';
import type { FastifyInstance } from 'fastify';
import { createCapabilities } from '../../capabilities/capabilities.ts';
import type { Context } from '../../context.ts';
import type { DeployParts } from '../../deploy/build-and-release.ts';
import { createRunningBuilds } from '../../deploy/running-builds.ts';
import { createReleasePhase } from '../../release-phase/release-phase.ts';
import { createRendezvous } from '../../rendezvous/rendezvous.ts';
import { dynoRoutes } from '../../resources/dynos/routes.ts';
import { appendRelease } from '../../resources/releases/append.ts';
import { deployRoutes } from '../deploy-routes.ts';
import { createHttpServer } from '../server.ts';
import { buildAnything } from './build-anything.ts';

export const PASSWORD = 'correct horse battery';

/** Hashing takes its time on purpose: once is enough. */
const passwordHash = await hashPassword(PASSWORD);

/** A person with a token. */
export interface Person {
  readonly account: Account;
  readonly token: string;
}

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

export interface TestApi {
  readonly server: FastifyInstance;
  readonly context: Context;
  readonly clock: FakeClock;
  readonly reports: readonly { event: string; detail: unknown }[];
  /** What deploys are made with. */
  readonly parts: DeployParts;
  /** The first account. */
  readonly ana: Person;
  addPerson(email: string): Promise<Person>;
  /** A slug in the store, as a build leaves it. */
  addSlug(app: App, processTypes: Readonly<Record<string, string>>): Promise<Slug>;
  /** Releases a slug as a deploy does. */
  deploy(app: App, processTypes: Readonly<Record<string, string>>): Promise<Slug>;
  appNamed(name: string): Promise<App>;
  /** Texts of the log lines of an app so far. */
  logOf(name: string): Promise<readonly string[]>;
  /** Sends `METHOD /path` as a person (Ana by default; null for nobody). */
  call(request: string, body?: unknown, options?: CallOptions): Promise<Answer>;
}

export interface CallOptions {
  readonly as?: Person | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The Platform API on adapters in memory, with one account. */
export async function createTestApi(
  change: Partial<Context> = {},
  build: Builder['build'] = buildAnything,
): Promise<TestApi> {
  const clock = createFakeClock();
  const reports: { event: string; detail: unknown }[] = [];
  const unused = new Proxy({}, { get: () => () => Promise.reject(new Error('not part of this test')) });
  const context: Context = {
    settings: { ...DEFAULT_SETTINGS, installId: '0123456789ab' },
    home: homeLayout('/nowhere'),
    store: createMemoryStore(),
    sizes: sizeTable(),
    downloadHosts: [],
    clock,
    ids: createSequentialIds(),
    logs: createMemoryLogHub(),
    outputs: createMemoryOutputStreams(),
    blobs: createMemoryBlobStore(),
    engine: unused as Context['engine'],
    terminals: unused as Context['terminals'],
    images: { list: async () => [], pruneCache: async () => 0 } as Partial<Images> as Images,
    routes: unused as Context['routes'],
    capabilities: createCapabilities(Buffer.alloc(32, 7), clock),
    stackImage: async () => 'image',
    freeBytes: async () => Number.POSITIVE_INFINITY,
    report: (event, detail) => void reports.push({ event, detail }),
    ...change,
  };
  const parts: DeployParts = {
    context,
    builder: { build, sweep: async () => [], warm: async () => undefined },
    releasePhase: createReleasePhase(context),
    running: createRunningBuilds(),
  };
  const routes = [
    ...dynoRoutes(createRendezvous(context), { wake: () => undefined, isBusy: () => undefined }),
    ...deployRoutes(parts),
  ];
  const server = createHttpServer(context, { routes });
  const ana = await addPerson(context, 'ana@example.com');
  return {
    server,
    context,
    clock,
    reports,
    parts,
    ana,
    addPerson: (email) => addPerson(context, email),
    addSlug: (app, processTypes) => addSlug(context, app, processTypes),
    async deploy(app, processTypes) {
      const slug = await addSlug(context, app, processTypes);
      await context.store.transaction((tx) =>
        appendRelease(context, tx, {
          app,
          actorId: ana.account.id,
          slugId: slug.id,
          configVars: {},
          description: 'Deploy 582fc95',
        }),
      );
      return slug;
    },
    appNamed: (name) => appNamed(context, name),
    async logOf(name) {
      const { id } = await appNamed(context, name);
      return (await context.logs.recent(id, 1_500)).map(({ line }) => line.text);
    },
    async call(request, body, { as = ana, headers = {} } = {}) {
      const [method, url] = request.split(' ') as ['GET', string];
      const answer = await server.inject({
        method,
        url,
        headers: {
          accept: 'application/vnd.heroku+json; version=3',
          host: '127.0.0.1:5000',
          ...(as ? { authorization: `Bearer ${as.token}` } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: body as object }),
      });
      const isJson = String(answer.headers['content-type']).includes('json') && answer.body !== '';
      return { status: answer.statusCode, headers: answer.headers, body: isJson ? answer.json() : answer.body };
    },
  };
}

async function appNamed({ store }: Context, name: string): Promise<App> {
  const app = await store.rows.apps.find({ name });
  if (!app) throw new Error(`There is no app ${name}.`);
  return app;
}

async function addPerson({ store, ids, clock }: Context, email: string): Promise<Person> {
  const dates = { createdAt: clock.now(), updatedAt: clock.now() };
  const token = `JNGD-${'0'.repeat(40)}-${email}`;
  const account = await store.rows.accounts.insert({
    ...dates,
    id: ids.uuid(),
    email,
    name: null,
    passwordHash,
    suspendedAt: null,
    lastLogin: null,
  });
  await store.rows.authorizations.insert({
    ...dates,
    id: ids.uuid(),
    accountId: account.id,
    description: 'test',
    scope: ['global'],
    tokenHash: hashToken(token),
    expiresAt: null,
  });
  return { account, token };
}

async function addSlug({ store, ids, clock }: Context, app: App, processTypes: Slug['processTypes']): Promise<Slug> {
  return store.rows.slugs.insert({
    id: ids.uuid(),
    appId: app.id,
    digest: `sha256:${'a'.repeat(64)}`,
    size: 1_000_000,
    checksum: null,
    commit: '582fc95aa11bb22cc33dd44ee55ff6600112233a',
    commitDescription: 'Say hello',
    processTypes,
    images: null,
    stack: 'heroku-24',
    buildpackDescription: 'Node.js',
    createdAt: clock.now(),
    updatedAt: clock.now(),
  });
}
