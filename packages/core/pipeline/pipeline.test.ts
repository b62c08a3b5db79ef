import { expect, test } from 'vitest';
import type { Release, ReleaseStatus } from '../release/release.ts';
import type { Slug } from '../slug/slug.ts';
import { lastDeployment } from './deployments.ts';
import { isPipelineName } from './pipeline.ts';
import { promotionDescription } from './promotion.ts';

const release = (version: number, slugId: string | null, status: ReleaseStatus = 'succeeded') =>
  ({ version, slugId, status }) as Release;

test.each<[string, readonly Release[], number | null]>([
  ['config changes after it do not count', [release(4, 'a'), release(3, 'a'), release(2, null), release(1, null)], 3],
  ['a rollback counts', [release(5, 'a'), release(4, 'b'), release(3, 'a')], 5],
  ['one that failed counts', [release(5, 'b', 'failed'), release(4, 'a'), release(3, null)], 5],
  [
    'a config change after one that failed does not',
    [release(6, 'a'), release(5, 'b', 'failed'), release(4, 'a'), release(3, null)],
    5,
  ],
  ['an app may begin with one', [release(2, 'a'), release(1, 'a')], 1],
  ['only the end of the ledger tells that there is none', [release(9, 'a'), release(8, 'a')], null],
  ['an app without code has none', [release(2, null), release(1, null)], null],
])('the last deployment: %s', (_name, releases, version) => {
  expect(lastDeployment(releases)?.version ?? null).toBe(version);
});

test('the name of a pipeline is as the published schema has it', () => {
  for (const name of ['abc', 'shop-', 'a'.repeat(30), 'a1-']) expect(isPipelineName(name), name).toBe(true);
  for (const name of ['ab', '1bc', 'Abc', 'a_b', 'a'.repeat(31), 'abc\n'])
    expect(isPipelineName(name), name).toBe(false);
});

test('a promotion is described with the short commit, or the slug when there is none', () => {
  const slug = { id: '0b8f6e0c-0000', commit: '582fc95aa11bb22cc33dd44ee55ff6600112233a' } as Slug;
  expect(promotionDescription('shop-staging', release(12, 'a'), slug)).toBe('Promote shop-staging v12 582fc95a');
  expect(promotionDescription('s', release(1, 'a'), { ...slug, commit: null })).toBe('Promote s v1 0b8f6e0c');
});
