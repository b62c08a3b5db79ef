import type { Clock, Ids } from '@jangada/core';

/** How long a person has to fill in the form. */
const LIFE_MS = 10 * 60 * 1000;
/** Logins that wait at the same time. */
const MAX_PENDING = 1_000;

export interface LoginOutcome {
  readonly accessToken: string;
}

/** One `heroku login` that waits for its person. */
export interface PendingLogin {
  /** Part of the address that the browser opens. */
  readonly id: string;
  /** What only the CLI that asked knows. */
  readonly secret: string;
  readonly description: string;
  readonly expiresAt: number;
  readonly outcome: PromiseWithResolvers<LoginOutcome>;
}

/** Logins through the browser that are under way, in memory: after a restart people start again. */
export interface PendingLogins {
  /** Null when too many wait already. */
  open(description: string): PendingLogin | null;
  find(id: string): PendingLogin | null;
  forget(login: PendingLogin): void;
}

export function createPendingLogins(clock: Pick<Clock, 'now'>, ids: Ids): PendingLogins {
  const pending = new Map<string, PendingLogin>();
  const dropExpired = (): void => {
    const now = clock.now().getTime();
    for (const login of pending.values()) if (login.expiresAt <= now) pending.delete(login.id);
  };
  return {
    open(description) {
      dropExpired();
      if (pending.size >= MAX_PENDING) return null;
      const login: PendingLogin = {
        id: ids.secret(16),
        secret: ids.secret(32),
        description,
        expiresAt: clock.now().getTime() + LIFE_MS,
        outcome: Promise.withResolvers<LoginOutcome>(),
      };
      pending.set(login.id, login);
      return login;
    },
    find(id) {
      dropExpired();
      return pending.get(id) ?? null;
    },
    forget: (login) => void pending.delete(login.id),
  };
}
