import type { Dyno } from '@jangada/core';
import type { RequestCount, Traffic } from '../sleep/traffic.ts';
import type { Snapshot } from './snapshot.ts';

/** Counts the requests of an app while the web dynos of one release give way to those of the next. */
export interface WebSwitches {
  /** What the log should say now: once, when the last dyno of the old release is gone. */
  observe(snapshot: Snapshot): string | null;
  forget(appId: string): void;
}

interface Switch {
  readonly version: number;
  readonly before: RequestCount;
}

/** In memory only: a switch during which the control plane starts again is counted from there. */
export function createWebSwitches(traffic: Traffic): WebSwitches {
  const underWay = new Map<string, Switch>();
  return {
    observe({ app, running, dynos }) {
      const version = running?.release.version ?? 0;
      const isNew = (dyno: Dyno): boolean => dyno.version === version;
      const webs = dynos.filter((dyno) => dyno.type === 'web');
      const current = underWay.get(app.id);
      const overlaps = webs.some(isNew) && !webs.every(isNew);
      if (overlaps && current?.version !== version) underWay.set(app.id, { version, before: traffic.count(app.id) });
      if (overlaps || current === undefined) return null;
      const isUp = webs.some((dyno) => dyno.state === 'up');
      if (current.version === version && webs.length > 0 && !isUp) return null;
      underWay.delete(app.id);
      if (current.version !== version || !isUp) return null;
      return switchText(current, traffic.count(app.id));
    },
    forget: (appId) => void underWay.delete(appId),
  };
}

function switchText({ version, before }: Switch, now: RequestCount): string {
  const [served, failed] = [now.served - before.served, now.failed - before.failed].map((count) =>
    count.toLocaleString('en-US'),
  );
  return `Release v${version} took over: ${served} requests served, ${failed} failed while web dynos were replaced`;
}
