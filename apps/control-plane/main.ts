import { type Member, runMembers } from '@jangada/process';
import { serveWire } from '@jangada/wire';
import { assemble } from './assemble.ts';
import { ensureFirstAccount } from './auth/first-account.ts';
import { createAutoscaler, keepAutoscaling } from './autoscale/autoscaler.ts';
import { keepCertificates } from './certificates/acm.ts';
import { openIssuer } from './certificates/open-issuer.ts';
import { publishCertificates } from './certificates/publish.ts';
import { readConfig } from './config.ts';
import { createSampler, keepSampling } from './dyno-metrics/sampler.ts';
import { type LogPumpOptions, pumpLines } from './log-pump/log-pump.ts';
import { watchChanges } from './reconcile/watch.ts';
import { assertOwnDatabase } from './recovery/assert-own-database.ts';
import { recover } from './recovery/recover.ts';
import { keepTidy } from './tidying/tidy.ts';

/** The control plane: API, git, builds, releases, reconciliation, logs. Dynos, routes and log capture go on without it. */
await runMembers(async () => {
  const config = readConfig(process.env);
  // Held until the end, and before anything is touched: recovery by a second copy would fail the builds of the first.
  const alone = await serveWire(config.sockets.controlPlane, {});
  const parts = await assemble(config);
  const { context, reconciler, traffic, metrics, builder, releasePhase, agent, router, rendezvous } = parts;
  const stopping = new AbortController();
  const background: Promise<void>[] = [];
  const pump = (
    name: string,
    feed: typeof agent | typeof router,
    observer: Pick<LogPumpOptions, 'observe' | 'missed'> = {},
  ): void => {
    const { logs: hub, clock, report } = context;
    background.push(pumpLines({ feed, hub, clock, name, report, ...observer }, stopping.signal));
  };

  const members: Member[] = [
    { name: 'alone', start: async () => undefined, stop: alone.close },
    {
      name: 'store',
      start: async () => {
        await assertOwnDatabase(context);
        await ensureFirstAccount(context);
      },
      stop: parts.closeContext,
    },
    { name: 'recovery', start: () => recover(context, builder, releasePhase), stop: async () => undefined },
    {
      name: 'logs',
      start: async () => {
        pump('node-agent', agent);
        pump('router', router, {
          observe(lines) {
            traffic.take(lines);
            metrics.take(lines);
          },
          missed: () => metrics.missed(),
        });
      },
      stop: async () => {
        await Promise.all(background);
        agent.close();
        router.close();
      },
    },
    {
      name: 'reconciliation',
      start: async () => {
        background.push(watchChanges(context, reconciler, stopping.signal));
        background.push(keepTidy(context, parts.running, stopping.signal));
        const { acmeDirectory: directoryUrl, acmeEmail: email } = context.settings;
        if (directoryUrl !== null) {
          const authority = { directoryUrl, email, caBundle: config.caBundle };
          const open = () => openIssuer(context, authority, router);
          background.push(keepCertificates(context, open, stopping.signal));
        }
        background.push(publishCertificates(context, router, stopping.signal));
        background.push(metrics.keep(stopping.signal));
        background.push(keepSampling(context, createSampler(context), stopping.signal));
        background.push(keepAutoscaling(context, createAutoscaler(context, metrics), stopping.signal));
      },
      stop: async () => {
        stopping.abort();
        await reconciler.close();
      },
    },
    { name: 'runtimes', start: async () => void builder.warm(), stop: async () => undefined },
    { name: 'rendezvous', start: async () => undefined, stop: () => rendezvous.close() },
    parts.exec,
    parts.listener,
  ];
  return members;
});
