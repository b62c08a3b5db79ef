import { expect, test } from 'vitest';
import type { ImageInfo } from '../ports/images.ts';
import { imageTypes } from './image-types.ts';

const image = (
  letter: string,
  cmd: readonly string[] = ['./serve', letter],
  entrypoint: readonly string[] = [],
): ImageInfo => ({
  imageId: `sha256:${letter.repeat(64)}`,
  size: 1,
  entrypoint,
  cmd,
});
const none = { run: {}, release: null };
const [a, b] = [image('a'), image('b')];

test('an image runs its CMD when nothing else is said', () => {
  expect(imageTypes(none, { web: a, worker: b })).toEqual({
    images: { web: { imageId: a.imageId, command: null }, worker: { imageId: b.imageId, command: null } },
    processTypes: { web: './serve a', worker: './serve b' },
    errors: [],
  });
});

test('a type of run has its own image, the one that it names, or that of web', () => {
  const run = {
    web: { command: 'puma', image: null },
    worker: { command: 'sidekiq', image: 'tools' },
    clock: { command: 'clockwork', image: null },
  };
  const { images, processTypes } = imageTypes({ run, release: null }, { web: a, tools: b });
  expect(images).toEqual({
    web: { imageId: a.imageId, command: 'puma' },
    worker: { imageId: b.imageId, command: 'sidekiq' },
    clock: { imageId: a.imageId, command: 'clockwork' },
    tools: { imageId: b.imageId, command: null },
  });
  expect(processTypes).toMatchObject({ clock: 'clockwork', tools: './serve b' });
});

test('the release command is that of its section, or the CMD of an image for it', () => {
  const built = { web: a, release: b };
  expect(imageTypes(none, built).processTypes).toEqual({ web: './serve a', release: './serve b' });
  const release = { image: 'web', command: 'rake db:migrate' };
  expect(imageTypes({ run: {}, release }, built).images).toMatchObject({
    release: { imageId: a.imageId, command: 'rake db:migrate' },
  });
});

test('a type without an image, and an image without a CMD, are errors', () => {
  const { errors } = imageTypes({ run: { clock: { command: 'x', image: null } }, release: null }, { a, b });
  expect(errors).toEqual(['"clock" has no image. Say in "run.clock" which image it runs.']);
  expect(imageTypes(none, { web: image('a', []) }).errors[0]).toContain('has no CMD');
});
