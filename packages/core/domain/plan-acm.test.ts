import { SAMPLE_ROWS } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { type Domain, NO_CERTIFICATE } from './domain.ts';
import { type AcmInput, afterFailure, planAcm, type UsedCertificate } from './plan-acm.ts';

const now = new Date('2026-03-01T12:00:00.000Z');
const inDays = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
const domain = (part: Partial<Domain> = {}): Domain => ({ ...SAMPLE_ROWS.domains, ...NO_CERTIFICATE, ...part });
/** A certificate of the platform that began and was kept `age` days ago. */
const issued = (life: number, age: number, part: Partial<UsedCertificate> = {}): UsedCertificate => ({
  acm: true,
  startsAt: inDays(-age),
  expiresAt: inDays(life - age),
  keptAt: inDays(-age),
  ...part,
});
const plan = (part: Partial<AcmInput>) => planAcm({ now, acm: true, domain: domain(), certificate: null, ...part });

test('a domain without a certificate gets one, where the app wants it', () => {
  expect(plan({})).toEqual({ do: 'issue' });
  expect(plan({ acm: false })).toEqual({ do: 'nothing' });
  expect(plan({ domain: domain({ kind: 'heroku' }) })).toEqual({ do: 'nothing' });
});

test('a certificate that a person gave is left alone, even when it is about to end', () => {
  expect(plan({ certificate: issued(90, 89, { acm: false }) })).toEqual({ do: 'nothing' });
});

test.each([
  { life: 365, renewedAt: 335 },
  { life: 90, renewedAt: 60 },
  { life: 30, renewedAt: 20 },
  { life: 6, renewedAt: 4 },
  { life: 1, renewedAt: 16 / 24 },
])('a certificate for $life days is renewed after $renewedAt', ({ life, renewedAt }) => {
  expect(plan({ certificate: issued(life, 0) })).toEqual({ do: 'wait', until: inDays(renewedAt) });
  expect(plan({ certificate: issued(life, renewedAt) })).toEqual({ do: 'issue' });
});

test.each([
  { life: 90, pause: 1 },
  { life: 6, pause: 0.5 },
  { life: 1, pause: 2 / 24 },
])('a clock that is 60 days ahead lets a new certificate for $life days rest', ({ life, pause }) => {
  const certificate = issued(life, 60, { keptAt: now });
  expect(plan({ certificate })).toEqual({ do: 'wait', until: inDays(pause) });
  expect(plan({ certificate, now: inDays(pause) })).toEqual({ do: 'issue' });
});

test('a certificate that was kept by a clock that was ahead is renewed in time when the clock is right again', () => {
  expect(plan({ certificate: issued(6, 3, { keptAt: inDays(57) }) })).toEqual({ do: 'wait', until: inDays(1) });
  expect(plan({ certificate: issued(6, 4, { keptAt: inDays(56) }) })).toEqual({ do: 'issue' });
});

test.each(['*.example.com', 'shop.localhost', 'a.test', 'host.home.arpa'])(
  '%s is refused with a reason',
  (hostname) => {
    expect(plan({ domain: domain({ hostname }) })).toMatchObject({ do: 'refuse', reason: expect.any(String) });
  },
);

test('failures are tried again later and later, not before the authority wants it', () => {
  const first = afterFailure(now, domain(), false, 'no answer', null);
  expect(first).toMatchObject({ acmStatus: 'failing', acmStatusReason: 'no answer', acmFailures: 1 });
  expect(plan({ domain: domain(first) })).toEqual({ do: 'wait', until: new Date(now.getTime() + 60_000) });
  const fifth = afterFailure(now, domain({ acmFailures: 4 }), false, '', null);
  expect(fifth.acmRetryAt).toEqual(new Date(now.getTime() + 16 * 60_000));
  const limited = afterFailure(now, domain(), false, '', 3 * 86_400_000);
  expect(limited.acmRetryAt).toEqual(inDays(3));
  expect(afterFailure(now, domain({ acmFailures: 10 }), true, '', null).acmRetryAt).toEqual(inDays(0.25));
});

test('after many failures a domain waits for a person, one that is still served does not', () => {
  const failed = afterFailure(now, domain({ acmFailures: 11 }), false, '', null);
  expect(failed.acmStatus).toBe('failed');
  expect(plan({ now: inDays(400), domain: domain(failed) })).toEqual({ do: 'nothing' });
  expect(afterFailure(now, domain({ acmFailures: 50 }), true, '', null).acmStatus).toBe('failing');
});
