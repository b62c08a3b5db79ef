import type { App, Domain, Transaction } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { wildcardAbove } from './hostname.ts';

/**
 * Holds others off while a name is claimed, and refuses one that would take requests from somebody else's app or lose them
 * to it: a wildcard above names of another owner, or a name below another owner's wildcard. Throws `invalid_params`.
 */
export async function claimHostname(tx: Transaction, app: App, hostname: string): Promise<void> {
  const wildcard = wildcardAbove(hostname);
  await tx.lock(`domains of ${wildcard}`);
  const family = hostname === wildcard ? await namesBelow(tx, wildcard) : await tx.domains.list({ hostname: wildcard });
  const appIds = [...new Set(family.map((domain) => domain.appId))].filter((id) => id !== app.id);
  if (appIds.length === 0) return;
  const foreign = new Set((await tx.apps.list({ id: appIds })).filter(isForeignTo(app)).map((other) => other.id));
  const clash = family.find((domain) => foreign.has(domain.appId));
  if (clash === undefined) return;
  throw new PlatformError(
    'invalid_params',
    hostname === wildcard
      ? `${hostname} would cover ${clash.hostname}, which is in use by an app of another account.`
      : `${hostname} is below ${clash.hostname}, which is in use by an app of another account.`,
  );
}

async function namesBelow(tx: Transaction, wildcard: string): Promise<readonly Domain[]> {
  const custom = await tx.domains.list({ kind: 'custom' });
  return custom.filter((domain) => domain.hostname !== wildcard && wildcardAbove(domain.hostname) === wildcard);
}

const isForeignTo =
  (app: App) =>
  (other: App): boolean =>
    other.ownerId !== app.ownerId;
