import { expect, test } from 'vitest';
import { planImageExpiry } from './plan-image-expiry.ts';
import type { ImageBlob, PushedImage } from './pushed-image.ts';

const NOW = new Date('2026-06-03T00:00:00Z');
const OLD = new Date('2026-06-01T00:00:00Z');
const image = (imageId: string, change: Partial<PushedImage> = {}): PushedImage =>
  ({ imageId, tags: [], layers: [`${imageId}-layer`, 'base'], updatedAt: OLD, ...change }) as PushedImage;
const blob = (digest: string, createdAt = OLD): ImageBlob => ({ id: digest, appId: 'a', digest, createdAt });

test('images with a name, released ones and new ones stay, and their layers with them', () => {
  const images = [
    image('named', { tags: ['latest'] }),
    image('released'),
    image('new', { updatedAt: NOW }),
    image('gone'),
  ];
  const blobs = images.flatMap(({ imageId, layers }) => [imageId, ...layers]).map((digest) => blob(digest));
  const expiry = planImageExpiry(images, blobs, new Set(['released']), NOW);
  expect(expiry.images.map(({ imageId }) => imageId)).toEqual(['gone']);
  expect(expiry.blobs.map(({ digest }) => digest)).toEqual(['gone', 'gone-layer']);
});

test('layers of a push that is under way stay', () => {
  expect(planImageExpiry([], [blob('a', NOW), blob('b')], new Set(), NOW).blobs).toEqual([blob('b')]);
});
