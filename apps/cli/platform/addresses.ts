import type { Settings } from '@jangada/core';

/** Where this machine itself reaches the API, whatever address is bound: the official CLI trusts no other one. */
export const API_HOST = '127.0.0.1';

/** Base URL of API and data API. */
export function apiUrl(settings: Pick<Settings, 'port'>): string {
  return `http://${API_HOST}:${settings.port}`;
}

/** Host under which this machine itself reaches the web ports of apps. */
export function webHost(settings: Pick<Settings, 'bind'>): string {
  if (settings.bind === '0.0.0.0') return '127.0.0.1';
  return settings.bind === '::' ? '::1' : settings.bind;
}

/** Whether `host` leads to the machine itself, whoever asks for it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
