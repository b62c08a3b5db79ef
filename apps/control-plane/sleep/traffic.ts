import type { AppTraffic, Clock, LogLine } from '@jangada/core';

/** Requests that the router has told of since this process started. */
export interface RequestCount {
  readonly served: number;
  /** Answered by the router with an H-code and 5xx. */
  readonly failed: number;
}

/**
 * What is known of each app's web traffic, out of the lines of the router. In memory only: after a restart idleness is
 * counted anew.
 */
export interface Traffic {
  take(lines: readonly LogLine[]): void;
  /** The app has requests in flight. */
  isBusy(appId: string): void;
  /** A held request asks for a wake. */
  askWake(appId: string): void;
  of(appId: string): AppTraffic;
  count(appId: string): RequestCount;
  forget(appId: string): void;
}

interface Known {
  lastRequestAt: Date | null;
  wakeAskedAt: Date | null;
  served: number;
  failed: number;
}

/** An error page of the router, as against an answer of the app with such a status. Clients choose what is between the two. */
const FAILED = /^(?:sock=\w+ )?at=\w+ code=H\d\d .* status=5\d\d bytes=\d* protocol=https?$/;

export function createTraffic(clock: Clock): Traffic {
  const since = clock.now();
  const apps = new Map<string, Known>();

  const known = (appId: string): Known => {
    const found = apps.get(appId) ?? { lastRequestAt: null, wakeAskedAt: null, served: 0, failed: 0 };
    apps.set(appId, found);
    return found;
  };

  return {
    take(lines) {
      for (const line of lines) {
        if (line.ps !== 'router' || line.source !== 'heroku') continue;
        const app = known(line.appId);
        const at = new Date(line.at);
        if (app.lastRequestAt === null || app.lastRequestAt < at) app.lastRequestAt = at;
        if (FAILED.test(line.text)) app.failed += 1;
        else app.served += 1;
      }
    },
    isBusy(appId) {
      known(appId).lastRequestAt = clock.now();
    },
    askWake(appId) {
      known(appId).wakeAskedAt = clock.now();
    },
    of(appId) {
      const { lastRequestAt = null, wakeAskedAt = null } = apps.get(appId) ?? {};
      return { lastRequestAt: lastRequestAt !== null && lastRequestAt > since ? lastRequestAt : since, wakeAskedAt };
    },
    count(appId) {
      const { served = 0, failed = 0 } = apps.get(appId) ?? {};
      return { served, failed };
    },
    forget: (appId) => void apps.delete(appId),
  };
}
