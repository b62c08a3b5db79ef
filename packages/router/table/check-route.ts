import { isIP } from 'node:net';
import { type AppRoute, isPageUrl, type RouteDyno, type RouteState } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

const APP_ID = /^[A-Za-z0-9-]{1,64}$/;
const HOST = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;
const DYNO_NAME = /^[a-z0-9_-]{1,60}\.\d{1,9}$/i;
const STATES: ReadonlySet<RouteState> = new Set(['serving', 'starting', 'asleep', 'crashed', 'stopped', 'blank']);

/**
 * Refuses whatever could not become a command of HAProxy: names, hosts and addresses end up on its command line. Throws
 * `invalid_params` that names the field.
 */
export function checkRoute(route: AppRoute): void {
  if (!APP_ID.test(String(route.appId))) throw invalid('appId', route.appId);
  if (!STATES.has(route.state)) throw invalid('state', route.state);
  for (const host of route.hosts) {
    if (host.length > 253 || !HOST.test(host)) throw invalid('host', host);
  }
  for (const dyno of route.dynos) checkDyno(dyno);
  for (const [name, value] of Object.entries(route.limits ?? {})) checkLimit(name, value);
  if (route.errorPageUrl !== null) checkUrl('ERROR_PAGE_URL', route.errorPageUrl);
  if (route.maintenancePageUrl !== null) checkUrl('MAINTENANCE_PAGE_URL', route.maintenancePageUrl);
}

function checkDyno(dyno: RouteDyno): void {
  if (!DYNO_NAME.test(dyno.name)) throw invalid('dyno name', dyno.name);
  if (isIP(dyno.address) === 0) throw invalid('dyno address', dyno.address);
  if (!Number.isInteger(dyno.port) || dyno.port < 1 || dyno.port > 65_535) throw invalid('dyno port', dyno.port);
  if (dyno.state !== 'up' && dyno.state !== 'draining') throw invalid('dyno state', dyno.state);
}

/** HAProxy counts milliseconds in 31 bits. */
function checkLimit(name: string, value: unknown): void {
  if (!Number.isInteger(value) || Number(value) < 1 || Number(value) > 2_000_000_000) throw invalid(name, value);
}

function checkUrl(name: string, text: string): void {
  if (isPageUrl(text)) return;
  throw new PlatformError(
    'invalid_params',
    `${name} must be a complete http or https URL, not "${text.slice(0, 100)}".`,
  );
}

function invalid(field: string, value: unknown): PlatformError {
  return new PlatformError(
    'invalid_params',
    `A route has an unusable ${field}: ${JSON.stringify(value)?.slice(0, 300)}.`,
  );
}
