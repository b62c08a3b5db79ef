import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ImageBuild, ImageBuildEvent, ImageInfo, Images } from '@jangada/core';
import { pack } from 'tar-stream';
import { afterAll, expect, test } from 'vitest';
import { TEST_IMAGE } from '../test-installation.ts';
import { createDockerImages } from './docker-images.ts';

const images: Images = createDockerImages({
  installId: randomBytes(6).toString('hex'),
  socketPath: '/var/run/docker.sock',
  guard: async () => undefined,
});
afterAll(async () => {
  for (const imageId of await images.list()) await images.remove(imageId);
});

/** Nobody built this before. */
const fresh = (): string => `RUN : ${randomUUID()}`;

interface Built {
  readonly image: ImageInfo;
  readonly events: readonly ImageBuildEvent[];
  readonly output: string;
}

async function build(
  dockerfile: readonly string[],
  change: Partial<ImageBuild> = {},
  signal: AbortSignal = new AbortController().signal,
  watch: (output: string) => void = () => undefined,
): Promise<Built> {
  const context = pack();
  context.entry({ name: 'Dockerfile' }, dockerfile.join('\n'));
  context.entry({ name: 'hello.txt' }, 'hello\n');
  context.finalize();
  const events: ImageBuildEvent[] = [];
  let output = '';
  const order: ImageBuild = {
    buildId: randomUUID(),
    context: Readable.from(context),
    dockerfile: 'Dockerfile',
    target: null,
    buildArgs: {},
    secrets: {},
    cacheScope: 'test',
    ...change,
  };
  const say = (event: ImageBuildEvent): void => {
    events.push(event);
    if (event.kind !== 'output') return;
    output += event.text;
    watch(output);
  };
  const image = await images.build(order, say, signal);
  return { image, events, output };
}

test('a Dockerfile becomes an image that stays until it is removed, and says what it runs', async () => {
  const { image, events, output } = await build(
    [
      `FROM ${TEST_IMAGE}`,
      fresh(),
      'ARG NAME',
      'COPY hello.txt /',
      'RUN cat /hello.txt; echo "$NAME"',
      'ENTRYPOINT ["env"]',
      'CMD ls -l',
    ],
    { buildArgs: { NAME: 'Olá' } },
  );
  expect(output).toContain('hello\nOlá\n');
  expect(image).toMatchObject({ entrypoint: ['env'], cmd: ['/bin/sh', '-c', 'ls -l'] });
  expect(events.filter((event) => event.kind === 'end' && event.error !== null)).toEqual([]);
  expect(await images.list()).toEqual([image.imageId]);
  expect(await images.remove(image.imageId)).toBeGreaterThan(1_000_000);
  expect(await images.find(image.imageId)).toBeNull();
});

test('what the engine gives out it takes in again as the same image, once when several ask at the same time', async () => {
  const one = (await build([`FROM ${TEST_IMAGE}`, fresh(), 'CMD one'])).image;
  const two = (await build([`FROM ${TEST_IMAGE}`, fresh(), 'CMD two'])).image;
  const stop = new AbortController().signal;
  const archive = await buffer(await images.save([one.imageId, two.imageId], stop));
  // The base is in it once.
  expect(archive.length).toBeLessThan(1.5 * one.size);
  for (const { imageId } of [one, two]) await images.remove(imageId);
  await expect(images.save([one.imageId], stop)).rejects.toMatchObject({ id: 'not_found' });
  const [first, second] = [Readable.from([archive]), Readable.from([archive])];
  const loaded = await Promise.all([images.load(first, one.imageId, stop), images.load(second, one.imageId, stop)]);
  expect(loaded).toEqual([one, one]);
  expect(second.destroyed).toBe(true);
  expect(await images.keep(two.imageId)).toEqual(two);
  for (const { imageId } of [one, two]) await images.remove(imageId);
});

test('RUN finds the secrets of its build, and no layer keeps them', async () => {
  const secret = randomUUID();
  const mount = 'RUN --mount=type=secret,id=TOKEN,required';
  const { image, output } = await build(
    [
      `FROM ${TEST_IMAGE}`,
      fresh(),
      `${mount} sha256sum < /run/secrets/TOKEN | cut -c 1-8; ls -A /run/secrets`,
      'RUN ls -A /run',
    ],
    { secrets: { TOKEN: secret } },
  );
  expect(output).toMatch(/^[0-9a-f]{8}\n/);
  expect(JSON.stringify(image)).not.toContain(secret);
});

test('cached layers and cache mounts are those of the same scope alone', async () => {
  const step =
    'RUN --mount=type=cache,target=/kept cat /kept/mark 2>/dev/null || echo none; echo "$RANDOM" > /kept/mark';
  const dockerfile = [`FROM ${TEST_IMAGE}`, fresh(), step];
  const isCached = ({ events }: Built): boolean => {
    const step = events.find((event) => event.kind === 'step' && event.name.includes('/kept'))?.step;
    return events.some((event) => event.kind === 'end' && event.step === step && event.isCached);
  };
  const [one, two] = [randomUUID(), randomUUID()];
  const first = await build(dockerfile, { cacheScope: one });
  expect(first.output).toBe('none\n');
  expect(isCached(await build(dockerfile, { cacheScope: one }))).toBe(true);
  const other = await build(dockerfile, { cacheScope: two });
  expect([isCached(other), other.output]).toEqual([false, 'none\n']);
});

test('a step that fails says so with its output, and there is no image', async () => {
  // The engine lists those of one second in any order.
  const before = new Set(await images.list());
  const failing = build([`FROM ${TEST_IMAGE}`, fresh(), 'RUN echo broken; exit 3']);
  await expect(failing).rejects.toMatchObject({
    id: 'invalid_params',
    message: expect.stringContaining('exit code: 3'),
  });
  expect(new Set(await images.list())).toEqual(before);
});

test('cancelling ends a build at once', async () => {
  const stop = new AbortController();
  const building = build([`FROM ${TEST_IMAGE}`, fresh(), 'RUN echo begun; sleep 600'], {}, stop.signal, (output) => {
    if (output.includes('begun')) stop.abort(new Error('cancelled'));
  });
  await expect(building).rejects.toThrow('cancelled');
});
