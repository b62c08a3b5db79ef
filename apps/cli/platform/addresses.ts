import type { Settings } from '@jangada/core';

/** Host under which this machine itself reaches the platform's public ports. */
export function localHost(settings: Pick<Settings, 'bind'>): string {
  if (settings.bind === '0.0.0.0') return '127.0.0.1';
  if (settings.bind === '::') return '[::1]';
  return settings.bind.includes(':') ? `[${settings.bind}]` : settings.bind;
}

/** Base URL of API, data API and dashboard. */
export function apiUrl(settings: Pick<Settings, 'bind' | 'port'>): string {
  return `http://${localHost(settings)}:${settings.port}`;
}
