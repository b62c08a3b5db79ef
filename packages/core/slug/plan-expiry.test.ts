import { expect, test } from 'vitest';
import type { Release, ReleaseStatus } from '../release/release.ts';
import { planExpiry } from './plan-expiry.ts';
import type { Slug } from './slug.ts';

const NOW = new Date('2026-06-01T00:00:00Z');
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);

function release(
  version: number,
  days: number,
  status: ReleaseStatus = 'succeeded',
  slugId: string | null = `s${version}`,
) {
  return { id: `r${version}`, version, status, slugId, createdAt: daysAgo(days) } as Release;
}

function slug(id: string, days: number, digest: string | null = 'sha256:x', images: Slug['images'] = null) {
  return { id, digest, images, createdAt: daysAgo(days) } as Slug;
}

/** Releases 1 to `count`, each `days` old, with a slug of their own. */
function ledger(count: number, days: number) {
  const versions = Array.from({ length: count }, (_, index) => index + 1);
  return {
    releases: versions.map((version) => release(version, days)),
    slugs: versions.map((version) => slug(`s${version}`, days)),
  };
}

const names = ({ releases, slugs }: ReturnType<typeof planExpiry>) => [
  releases.map(({ version }) => version).sort((one, other) => one - other),
  slugs.map(({ id }) => id),
];

test('what is older than 30 days and older than 20 releases goes', () => {
  const { releases, slugs } = ledger(23, 31);
  expect(names(planExpiry(releases, slugs, NOW))).toEqual([
    [1, 2, 3],
    ['s1', 's2', 's3'],
  ]);
});

test('neither rule alone lets anything go', () => {
  expect(names(planExpiry(ledger(50, 29).releases, ledger(50, 29).slugs, NOW))).toEqual([[], []]);
  expect(names(planExpiry(ledger(20, 400).releases, ledger(20, 400).slugs, NOW))).toEqual([[], []]);
});

test('a slug that a later release still has stays, although an old one had it first', () => {
  const { releases, slugs } = ledger(21, 40);
  const rollback = release(22, 40, 'succeeded', 's1');
  expect(names(planExpiry([...releases, rollback], slugs, NOW))).toEqual([[1, 2], ['s2']]);
});

test('what the app runs stays, however many releases failed after it, and so does a pending one', () => {
  const failed = Array.from({ length: 30 }, (_, index) => release(index + 3, 60, 'failed', null));
  const plan = planExpiry([release(1, 90), release(2, 80), ...failed], [slug('s1', 90), slug('s2', 80)], NOW);
  expect(names(plan)).toEqual([[1], ['s1']]);
});

test('uploads that nobody made or released go too', () => {
  const slugs = [slug('waiting', 2, null), slug('new', 0.5, null), slug('unreleased', 31), slug('recent', 10)];
  expect(names(planExpiry([], slugs, NOW))).toEqual([[], ['waiting', 'unreleased']]);
});

test('what is made of images is no upload that waits', () => {
  const { slugs } = planExpiry([], [slug('images', 3, null, {})], NOW);
  expect(slugs).toEqual([]);
});
