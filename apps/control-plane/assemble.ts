import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type Builder, createBuilder } from '@jangada/builder';
import { type AgentClient, connectAgent } from '@jangada/engine-agent';
import { joinBackground } from '@jangada/engine-docker';
import { createGitServer } from '@jangada/git-server';
import { type Member, report } from '@jangada/process';
import { connectRouter, type RemoteRouter } from '@jangada/router';
import { openStackPackages } from '@jangada/stack';
import { type Actor, authenticate } from './auth/authenticate.ts';
import { requireApp } from './auth/require-app.ts';
import { requireScope } from './auth/scope.ts';
import { BUILDPACKS_FOLDER, type Config } from './config.ts';
import type { Context } from './context.ts';
import type { DeployParts } from './deploy/build-and-release.ts';
import { deployPush } from './deploy/push.ts';
import { createRunningBuilds, type RunningBuilds } from './deploy/running-builds.ts';
import { createExec, type Exec } from './exec/exec.ts';
import { deployRoutes } from './http/deploy-routes.ts';
import { refusePlainHttp } from './http/plain-http.ts';
import { createHttpServer } from './http/server.ts';
import { cutSilentUpload } from './http/silent-upload.ts';
import { openRegistry } from './images/open-registry.ts';
import { listen } from './listener/listener.ts';
import { openContext } from './open-context.ts';
import { forgetApp } from './reconcile/forget-app.ts';
import { createReconciler, type Reconciler } from './reconcile/reconciler.ts';
import { createReleasePhase, type ReleasePhase } from './release-phase/release-phase.ts';
import { createRendezvous, type Rendezvous } from './rendezvous/rendezvous.ts';
import { dynoRoutes } from './resources/dynos/routes.ts';
import { execRoutes } from './resources/exec/routes.ts';
import { routerMetricsRoutes } from './resources/router-metrics/routes.ts';
import { createRouterMetrics, type RouterMetrics } from './router-metrics/router-metrics.ts';
import { createTraffic, type Traffic } from './sleep/traffic.ts';

/** Longest request head in bytes: Request-Id alone grows to 7 kB (cli-contract 3.1). */
const MAX_HEADER_BYTES = 64 * 1024;

/** Milliseconds for the head of a request, and for all of it: uploads take as long as they take. */
const REQUEST = { headersTimeout: 60_000, requestTimeout: 0 } as const;

export interface Parts {
  readonly context: Context;
  readonly agent: AgentClient;
  readonly router: RemoteRouter;
  readonly builder: Builder;
  readonly reconciler: Reconciler;
  readonly traffic: Traffic;
  readonly metrics: RouterMetrics;
  readonly releasePhase: ReleasePhase;
  readonly running: RunningBuilds;
  readonly rendezvous: Rendezvous;
  /** SSH into dynos. */
  readonly exec: Exec;
  /** Closes the store and the files that the context holds open. */
  closeContext(): Promise<void>;
  /** API, git and attached clients on one port. */
  readonly listener: Member;
}

/** Makes the parts of the control plane and puts them together. Nothing runs yet but the store's migrations. */
export async function assemble(config: Config): Promise<Parts> {
  const agent = connectAgent(config.sockets.agent);
  const router = connectRouter(config.sockets.router);
  const { context, close: closeContext } = await openContext(config, agent, router);
  const releasePhase = createReleasePhase(context);
  const running = createRunningBuilds();
  const traffic = createTraffic(context.clock);
  const metrics = createRouterMetrics({ folder: config.home.metrics, clock: context.clock, routes: router, report });
  const reconciler = createReconciler(context, {
    traffic,
    runReleaseCommands: releasePhase.run,
    async appRemoved(appId) {
      await running.cancelApp(appId);
      await forgetApp(context, appId);
      await metrics.forget(appId);
    },
  });
  const rendezvous = createRendezvous(context);
  const exec = createExec(context, { wake: reconciler.wake, isBusy: traffic.isBusy });
  const builder = await createBuilder({
    terminals: agent,
    engine: agent,
    blobs: context.blobs,
    images: context.images,
    home: config.home,
    buildpacksFolder: BUILDPACKS_FOLDER,
    environment: config.buildOptions.environment,
    mirrors: config.buildOptions.mirrors,
    caBundle: config.caBundle,
    packages: openStackPackages(config),
    runtimeMirror: config.runtimeMirror,
    toBackground: (pid) => joinBackground(config.settings.installId, pid),
    ...(config.buildConcurrency === null ? {} : { concurrentBuilds: config.buildConcurrency }),
    report,
  });
  const deploy: DeployParts = { context, builder, releasePhase, running };
  const git = createGitServer({
    reposFolder: config.home.repos,
    report: (event, error) => report(event, { error: String(error) }),
    async authorize({ appName, password, service }) {
      const actor = await authenticate(context, `Bearer ${password}`);
      const pushes = service === 'git-receive-pack';
      requireScope(actor.authorization.scope, pushes ? 'POST' : 'GET', '/apps/:app/builds');
      const app = await requireApp(context, actor, appName, pushes ? 'deploy' : 'view');
      return { repoId: app.id, actor };
    },
    async onPush(push) {
      const actor = push.actor as Actor;
      const app = await requireApp(context, actor, push.repoId, 'deploy');
      return { accepted: await deployPush(deploy, app, actor, push) };
    },
  });
  return {
    context,
    closeContext,
    agent,
    router,
    builder,
    reconciler,
    traffic,
    metrics,
    releasePhase,
    running,
    rendezvous,
    exec,
    listener: makeListener(config, context, git, rendezvous, exec, deploy, metrics),
  };
}

function makeListener(
  config: Config,
  context: Context,
  git: ReturnType<typeof createGitServer>,
  rendezvous: Rendezvous,
  exec: Exec,
  deploy: DeployParts,
  metrics: RouterMetrics,
): Member {
  const { bind, port } = config.settings;
  const api = createHttpServer(context, {
    routes: [
      ...dynoRoutes(rendezvous, exec),
      ...execRoutes(exec),
      ...deployRoutes(deploy),
      ...routerMetricsRoutes(metrics),
    ],
  });
  const registry = openRegistry(context, deploy.running);
  const http = createServer({ maxHeaderSize: MAX_HEADER_BYTES, ...REQUEST }, async (request, response) => {
    if (refusePlainHttp(request, response)) return;
    cutSilentUpload(request);
    const isTaken = (await git.handle(request, response)) || (await registry.handle(request, response));
    if (!isTaken) api.routing(request, response);
  });
  let open: { close(): Promise<void> } | null = null;
  return {
    name: 'listener',
    async start() {
      await api.ready();
      const [key, cert] = await Promise.all([
        readFile(config.tlsFiles.serverKey),
        readFile(config.tlsFiles.serverCert),
      ]);
      open = await listen({
        bind,
        port,
        tls: { key, cert },
        http,
        rendezvous: (secret, client) => void rendezvous.accept(secret, client),
        ssh: exec.accept,
      });
    },
    async stop() {
      await open?.close();
      await git.close();
      await deploy.running.close();
      await api.close();
    },
  };
}
