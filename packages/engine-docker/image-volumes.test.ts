import { expect, test } from 'vitest';
import { volumePaths } from './image-volumes.ts';

test('a path that an image declares in several ways is one volume, and one without a beginning is none', () => {
  expect(volumePaths(['/data', '/data/', '//data', '/other/../none', 'data'])).toEqual(['/data', '/none']);
});
