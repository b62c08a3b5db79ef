import { expect, test } from 'vitest';
import type { ImageInfo } from '../ports/images.ts';
import { imageCommand, imageOf, processOfImage } from './process-image.ts';

const imageId = `sha256:${'a'.repeat(64)}`;
const image = (cmd: readonly string[], entrypoint: readonly string[] = []): ImageInfo => ({
  imageId,
  size: 1,
  entrypoint,
  cmd,
});

test.each<[string, ImageInfo, string, readonly string[]]>([
  ['shell form', image(['/bin/sh', '-c', 'npm start -- $PORT']), 'npm start -- $PORT', []],
  ['exec form', image(['/server', '--name', 'a b']), "/server --name 'a b'", []],
  [
    'exec form with a variable',
    image(['gunicorn', '--bind', '0.0.0.0:$PORT']),
    'gunicorn --bind 0.0.0.0:$PORT',
    ['/bin/sh', '-c', 'gunicorn --bind 0.0.0.0:$PORT'],
  ],
  ['an ENTRYPOINT, which gets its CMD as it is', image(['$HOME'], ['/init']), '/init $HOME', []],
  ['an ENTRYPOINT alone', image([], ['/init']), '/init', []],
])('CMD in %s', (_name, info, text, argv) => {
  const process = processOfImage(info, null);
  expect([process.text, imageCommand(process.image)]).toEqual([text, argv]);
});

test('a command of the heroku.yml goes through the shell of the image', () => {
  const { image: process, text } = processOfImage(image(['x']), 'rake a && rake b');
  expect([text, imageCommand(process)]).toEqual(['rake a && rake b', ['/bin/sh', '-c', 'rake a && rake b']]);
});

test('one-off dynos run the image of web, or the first one', () => {
  const of = (letter: string) => ({ imageId: letter, command: null });
  expect(imageOf({ worker: of('w'), web: of('e') }, 'run')?.imageId).toBe('e');
  expect(imageOf({ worker: of('w') }, 'run')?.imageId).toBe('w');
  expect(imageOf({ worker: of('w'), web: of('e') }, 'worker')?.imageId).toBe('w');
  expect(imageOf({}, 'run')).toBeNull();
});
