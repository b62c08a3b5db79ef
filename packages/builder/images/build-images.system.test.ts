import { randomBytes, randomUUID } from 'node:crypto';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildFailureLines } from '@jangada/core';
import { createDockerImages } from '@jangada/engine-docker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Builder } from '../index.ts';
import { archive, type Built, type Files, openTestBuilder, type TestBuilder, writeFiles } from '../test-builder.ts';

const images = createDockerImages({
  installId: randomBytes(6).toString('hex'),
  socketPath: '/var/run/docker.sock',
  guard: async () => undefined,
});
let under: TestBuilder;
let builder: Builder;
beforeAll(async () => {
  under = await openTestBuilder();
  builder = await under.builder({ images, environment: { http_proxy: 'http://proxy.invalid:3128', OTHER: 'unseen' } });
});
afterAll(async () => {
  for (const imageId of await images.list()) await images.remove(imageId);
  await under.close();
});

const build = (files: Files, request = {}, signal?: AbortSignal, watch?: (output: string) => void): Promise<Built> =>
  under.build(
    files,
    { stack: 'container', ...request },
    { builder, ...(signal ? { signal } : {}), ...(watch ? { watch } : {}) },
  );

const yml = (text: string, more: Files = {}): Files => ({
  'heroku.yml': text,
  Dockerfile: 'FROM test-base:1\nCMD true',
  ...more,
});
const RUNS_ONCE = `RUN : ${randomUUID()}`;

test('a heroku.yml becomes images by process type: folders, arguments, secrets and .dockerignore count', async () => {
  const { result, output } = await build(
    {
      'heroku.yml': `build:
  docker:
    web: Dockerfile
    worker: {dockerfile: jobs/Dockerfile, target: small}
  config: {NAME: Recife}
  secrets: [TOKEN]
run:
  clock: {command: [date, now], image: worker}
release: {command: ./migrate}
`,
      Dockerfile: `FROM test-base:1\n${RUNS_ONCE}\nARG NAME\nCOPY . /app\nRUN --mount=type=secret,id=TOKEN echo "$NAME $http_proxy $OTHER"; echo "$NAME $(cat /run/secrets/TOKEN) $(ls /app)"\nCMD ["./serve"]`,
      '.dockerignore': 'jobs\n*.md\n!KEEP.md\n.dockerignore',
      'README.md': '',
      'KEEP.md': '',
      'jobs/Dockerfile': `FROM test-base:1 AS small\n${RUNS_ONCE}\nRUN false || true\nCOPY job /\nCMD /job\nFROM small\nRUN exit 9`,
      'jobs/job': 'x',
    },
    { configVars: { TOKEN: 's3cret', OTHER: 'unseen' } },
  );
  expect(output).toMatch(/=== Building web \(Dockerfile\)\n#1 /);
  expect(output).toContain('Recife s3cret Dockerfile\n');
  expect(output).toContain('Recife http://proxy.invalid:3128 \n');
  expect(output).toContain('KEEP.md');
  expect(output).not.toMatch(/README|unseen/);
  expect(output).toContain('=== Building worker (jobs/Dockerfile)');
  if (!result.ok || !result.images) throw new Error(JSON.stringify(result));
  expect(result.processTypes).toEqual({ web: './serve', worker: '/job', clock: 'date now', release: './migrate' });
  expect(result.images['clock']?.imageId).toBe(result.images['worker']?.imageId);
  expect(result.images['release']).toEqual({ imageId: result.images['web']?.imageId, command: './migrate' });
  expect(result.phases.map(({ name }) => name)).toEqual(['start', 'unpack', 'build web', 'build worker']);
  await under.nothingLeft();
});

test('a Dockerfile alone is web, also in a folder of an archive that holds everything', async () => {
  const folder = await writeFiles(`${under.home.root}/wrapped`, {
    'shop-main/Dockerfile': 'FROM test-base:1\nCMD ["x"]',
  });
  const { result } = await build({}, { source: async () => archive(`${folder}`), sourceFormat: 'tar' });
  expect(result).toMatchObject({ ok: true, processTypes: { web: 'x' } });
});

test('a heroku.yml may merge maps', async () => {
  const { result, output } = await build({
    'heroku.yml': `setup: {config: &vars {NAME: Olinda}}\nbuild: {docker: {web: Dockerfile}, config: {<<: *vars, MORE: more}}`,
    Dockerfile: `FROM test-base:1\n${RUNS_ONCE}\nARG NAME MORE\nRUN echo "$NAME $MORE"\nCMD x`,
  });
  expect(output).toContain('Olinda more\n');
  expect(result).toMatchObject({ ok: true, processTypes: { web: 'x' } });
});

test('a Dockerfile that is a link is refused: BuildKit would follow it in the build context, to a file not looked at', async () => {
  const folder = await writeFiles(`${under.home.root}/linked`, {
    'heroku.yml': 'build: {docker: {web: sub/Dockerfile}}',
    Evil: 'FROM test-base:1\nCMD x',
    'sub/Evil': 'FROM test-base:1\nADD http://169.254.169.254/ /x',
  });
  await symlink('../Evil', join(folder, 'sub/Dockerfile'));
  const { result } = await under.build(folder, { stack: 'container' }, { builder });
  expect(result.ok || buildFailureLines(result.failure).join('\n')).toMatch(/\(sub\/Dockerfile\).*It is a link/);
});

test('a Dockerfile that is not UTF-8 is refused: it would be built with other letters', async () => {
  const folder = await writeFiles(`${under.home.root}/latin`, { Dockerfile: '' });
  await writeFile(join(folder, 'Dockerfile'), Buffer.from('FROM test-base:1\nLABEL a=\xe9\n', 'latin1'));
  const { result } = await under.build(folder, { stack: 'container' }, { builder });
  expect(result.ok || buildFailureLines(result.failure).join('\n')).toMatch(/\(Dockerfile\).*Save it as UTF-8/);
});

test.each<[string, Files, RegExp]>([
  ['invalid YAML', yml('build: [\n'), /the heroku.yml has an error\. It is not valid YAML: .* at line/],
  ['unknown keys', yml('build: {docker: {web: Dockerfile}}\nruns: {}'), /unknown key "runs"/],
  [
    'a Dockerfile that is not there',
    yml('build: {docker: {web: app/Dockerfile}}'),
    /app\/Dockerfile, which is not in the source/,
  ],
  ['a secret that is not set', yml('build: {docker: {web: Dockerfile}, secrets: [NOPE]}'), /heroku config:set NOPE/],
  ['nothing to build', { 'a.txt': '' }, /neither a heroku.yml nor a Dockerfile.*heroku stack:set heroku-24/],
  [
    'a step that fails',
    { Dockerfile: `FROM test-base:1\n${RUNS_ONCE}\nRUN exit 7` },
    /image of web \(Dockerfile\) could not be built.*exit code: 7/,
  ],
  [
    'a fetch by the engine',
    { Dockerfile: 'FROM test-base:1\nADD http://169.254.169.254/ /x' },
    /Fetch the file in a RUN/,
  ],
  [
    'a stage that is not there',
    yml('build: {docker: {web: {dockerfile: Dockerfile, target: final}}}'),
    /image of web \(Dockerfile\) could not be built.*final/,
  ],
  [
    'a process type without an image',
    yml('build: {docker: {a: Dockerfile, b: Dockerfile}}\nrun: {c: x}'),
    /"c" has no image/,
  ],
  ['an image without CMD', { Dockerfile: 'FROM scratch\nCOPY Dockerfile /' }, /no CMD/],
])('%s ends with a message that says what to fix', async (_name, files, message) => {
  const before = await images.list();
  const { result } = await build(files);
  expect(result.ok).toBe(false);
  expect(result.ok || buildFailureLines(result.failure).join('\n')).toMatch(message);
  expect((await images.list()).length - before.length).toBeLessThanOrEqual(1);
  await under.nothingLeft();
});

test('cancelling ends a build at once and leaves no image and no files', async () => {
  const before = await images.list();
  const stop = new AbortController();
  const { result } = await build(
    { Dockerfile: `FROM test-base:1\n${RUNS_ONCE}\nRUN echo go-on; sleep 600` },
    {},
    stop.signal,
    (output) => {
      if (/#\d+ go-on/.test(output)) stop.abort();
    },
  );
  expect(result).toMatchObject({ ok: false, failure: { kind: 'cancelled' } });
  expect((await images.list()).toSorted()).toEqual(before.toSorted());
  await under.nothingLeft();
});
