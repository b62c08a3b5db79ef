import { sampleSpec } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { isSandbox, labelsOf, plainLabels, readLabels } from './labels.ts';

/** What an image may try to say of its containers. */
const FORGED = {
  ...labelsOf(sampleSpec('image', { command: [], slug: `sha256:${'a'.repeat(64)}`, port: 5000 }), 'ffffffffffff', 7),
  'jangada.sandbox': 'x',
};

test('no label that we read of a dyno or of another container is its image’s', () => {
  const own = labelsOf(sampleSpec('image', { command: [] }), '0123456789ab', 1_200_007);
  // The engine merges them so.
  expect({ ...FORGED, ...own }).toEqual(own);
  expect(isSandbox({ ...FORGED, ...own })).toBe(false);
  const plain = plainLabels('0123456789ab');
  expect({ ...FORGED, ...plain }).toEqual(plain);
  expect(readLabels({ ...FORGED, ...plain })).toBeNull();
});

test('a dyno is no sandbox, whatever its image said when it was started', () => {
  expect(isSandbox(FORGED)).toBe(false);
  expect(isSandbox({ 'jangada.sandbox': 'name' })).toBe(true);
});
