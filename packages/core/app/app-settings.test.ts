import { describe, expect, test } from 'vitest';
import { readAppSettings, requireReadableSettings } from './app-settings.ts';

const defaults = readAppSettings({});

test('an app that sets nothing has what Heroku fixes', () => {
  expect(defaults).toEqual({
    bootTimeoutSeconds: 60,
    exitTimeoutSeconds: 30,
    drainTimeoutSeconds: 30,
    requestTimeoutSeconds: 30,
    idleTimeoutSeconds: 55,
    dailyRestart: true,
    sleepAfterMinutes: null,
    healthCheckPath: null,
    maxRequestsPerDyno: 500,
    httpsRedirect: false,
    errorPageUrl: null,
    maintenancePageUrl: null,
    sourceDir: null,
    buildPhases: 'in-order',
  });
});

test.each([
  ['JANGADA_BOOT_TIMEOUT', '120', { bootTimeoutSeconds: 120 }],
  ['JANGADA_EXIT_TIMEOUT', '90', { exitTimeoutSeconds: 90 }],
  ['JANGADA_DRAIN_TIMEOUT', '0', { drainTimeoutSeconds: 0 }],
  ['JANGADA_REQUEST_TIMEOUT', ' 90 ', { requestTimeoutSeconds: 90 }],
  ['JANGADA_IDLE_TIMEOUT', '600', { idleTimeoutSeconds: 600 }],
  ['JANGADA_DAILY_RESTART', 'Off', { dailyRestart: false }],
  ['JANGADA_SLEEP_AFTER', '0.05', { sleepAfterMinutes: 0.05 }],
  ['JANGADA_SLEEP_AFTER', 'off', { sleepAfterMinutes: Number.POSITIVE_INFINITY }],
  ['JANGADA_HEALTH_CHECK_PATH', '/healthz?deep=1', { healthCheckPath: '/healthz?deep=1' }],
  ['JANGADA_MAX_REQUESTS_PER_DYNO', '5', { maxRequestsPerDyno: 5 }],
  ['JANGADA_HTTPS_REDIRECT', 'on', { httpsRedirect: true }],
  ['ERROR_PAGE_URL', 'https://x.test/e.html', { errorPageUrl: 'https://x.test/e.html' }],
  ['ERROR_PAGE_URL', '//s3.amazonaws.com/b/e.html', { errorPageUrl: 'https://s3.amazonaws.com/b/e.html' }],
  ['MAINTENANCE_PAGE_URL', ' //x.test/m ', { maintenancePageUrl: 'https://x.test/m' }],
  ['MAINTENANCE_PAGE_URL', 'http://x.test', { maintenancePageUrl: 'http://x.test' }],
  ['ERROR_PAGE_URL', '', {}],
  ['JANGADA_BOOT_TIMEOUT', '', {}],
])('%s=%s is read', (key, text, expected) => {
  expect(readAppSettings({ [key]: text })).toEqual({ ...defaults, ...expected });
  expect(() => requireReadableSettings({ [key]: text })).not.toThrow();
});

test.each([
  ['JANGADA_BOOT_TIMEOUT', '0'],
  ['JANGADA_BOOT_TIMEOUT', '1801'],
  ['JANGADA_BOOT_TIMEOUT', '1e3'],
  ['JANGADA_REQUEST_TIMEOUT', 'a minute'],
  ['JANGADA_IDLE_TIMEOUT', '-5'],
  ['JANGADA_DAILY_RESTART', 'maybe'],
  ['JANGADA_SLEEP_AFTER', 'Infinity'],
  ['JANGADA_HEALTH_CHECK_PATH', 'healthz'],
  ['JANGADA_HEALTH_CHECK_PATH', '/a b'],
  ['JANGADA_HEALTH_CHECK_PATH', '/a\r\nHost: other'],
  ['JANGADA_MAX_REQUESTS_PER_DYNO', '1.5'],
  ['JANGADA_HTTPS_REDIRECT', '2'],
  ['ERROR_PAGE_URL', 'example.com/e.html'],
  ['ERROR_PAGE_URL', '//'],
  ['ERROR_PAGE_URL', 'javascript:alert(1)'],
  ['MAINTENANCE_PAGE_URL', '/maintenance.html'],
  ['MAINTENANCE_PAGE_URL', `https://x.test/${'ä'.repeat(400)}`],
])('%s=%j is refused when it is set, and counts as not set when it is there', (key, text) => {
  expect(() => requireReadableSettings({ [key]: text })).toThrow(`${key} must be `);
  expect(readAppSettings({ [key]: text })).toEqual(defaults);
});

describe('the folder of a monorepo', () => {
  test('is a path below the top of the repository', () => {
    expect(readAppSettings({ JANGADA_SOURCE_DIR: ' apps/the api/ ' }).sourceDir).toBe('apps/the api');
    expect(readAppSettings({}).sourceDir).toBeNull();
  });

  test.each(['/etc', '../x', 'a/../b', 'a//b', '.', 'a\nb', '/'])('cannot be %j', (text) => {
    expect(readAppSettings({ JANGADA_SOURCE_DIR: text }).sourceDir).toBeNull();
    expect(() => requireReadableSettings({ JANGADA_SOURCE_DIR: text })).toThrow(/JANGADA_SOURCE_DIR must be a folder/);
  });
});
