import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createFakeClock,
  createMemoryBlobStore,
  createMemoryStore,
  createSequentialIds,
  SAMPLE_ROWS,
} from '@jangada/conformance';
import { PlatformError } from '@jangada/platform-api';
import { extract } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRegistry, imageArchive } from './index.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const INDEX = 'application/vnd.oci.image.index.v1+json';
const store = createMemoryStore();
const blobs = createMemoryBlobStore();
const folder = await mkdtemp(join(tmpdir(), 'registry-'));
let room = true;
const registry = createRegistry({
  store,
  blobs,
  clock: createFakeClock(),
  ids: createSequentialIds(),
  uploadsFolder: join(folder, 'uploads'),
  architecture: 'amd64',
  maxBlobBytes: 100_000,
  // Ana has the apps shop and stall, Bob the app other, and may see shop.
  async authorize({ app, password, pushes }) {
    if (password !== 'ana' && password !== 'bob')
      throw new PlatformError('unauthorized', 'Invalid credentials provided.');
    const own = password === 'ana' ? ['shop', 'stall'] : ['other'];
    if (app === null) return { appId: '' };
    if (own.includes(app) || (app === 'shop' && !pushes)) return { appId: `id-${app}` };
    throw new PlatformError(app === 'shop' ? 'forbidden' : 'not_found', "Couldn't find that app.");
  },
  whileKept: (_appId, work) => work(),
  async requireRoom() {
    if (!room) throw new PlatformError('disk_full', 'Too little disk space.');
  },
});
const server = createServer(async (request, response) => {
  if (!(await registry.handle(request, response))) response.writeHead(418).end();
});
let origin: string;
beforeAll(async () => {
  await store.rows.accounts.insert(SAMPLE_ROWS.accounts);
  for (const name of ['shop', 'stall', 'other'])
    await store.rows.apps.insert({ ...SAMPLE_ROWS.apps, id: `id-${name}`, name });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

interface Sent {
  readonly as?: string | null;
  readonly body?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(request: string, { as = 'ana', body, headers = {} }: Sent = {}): Promise<Response> {
  const [method = 'GET', path = '/'] = request.split(' ');
  const login = as === null ? {} : { authorization: `Basic ${Buffer.from(`_:${as}`).toString('base64')}` };
  return fetch(`${origin}${path}`, {
    method,
    headers: { ...login, ...headers },
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  });
}

const digestOf = (content: Buffer | string): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
interface Refusal {
  readonly message: string;
  readonly errors: readonly { readonly code: string }[];
}
const refusalOf = async (response: Response): Promise<Refusal> => (await response.json()) as Refusal;
const codeOf = async (response: Response): Promise<unknown> => [
  response.status,
  (await refusalOf(response)).errors[0]?.code,
];

/** As Docker does it: begin, send, finish. */
async function pushBlob(name: string, content: Buffer, as = 'ana'): Promise<string> {
  const begun = await send(`POST /v2/${name}/blobs/uploads/`, { as });
  expect(begun.status).toBe(202);
  const sent = await send(`PATCH ${begun.headers.get('location')}`, { as, body: content });
  expect([sent.status, sent.headers.get('range')]).toEqual([202, `0-${content.length - 1}`]);
  const done = await send(`PUT ${sent.headers.get('location')}?digest=${digestOf(content)}`, { as });
  expect([done.status, done.headers.get('docker-content-digest')]).toEqual([201, digestOf(content)]);
  return digestOf(content);
}

interface Pushed {
  readonly config: string;
  readonly layer: string;
  readonly manifest: string;
}

async function pushImage(name: string, tag: string, as = 'ana'): Promise<Pushed> {
  const config = await pushBlob(
    name,
    Buffer.from(JSON.stringify({ architecture: 'amd64', id: randomBytes(8).toString('hex') })),
    as,
  );
  const layer = await pushBlob(name, randomBytes(2_000), as);
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { digest: config },
    layers: [{ digest: layer }],
  });
  const reference = tag === '' ? digestOf(manifest) : tag;
  const answer = await send(`PUT /v2/${name}/manifests/${reference}`, {
    as,
    body: manifest,
    headers: { 'content-type': MANIFEST },
  });
  expect([answer.status, answer.headers.get('docker-content-digest')]).toEqual([201, digestOf(manifest)]);
  return { config, layer, manifest };
}

test('a client without a login is asked for one, and only below /v2/', async () => {
  const asked = await send('GET /v2/', { as: null });
  expect([asked.status, asked.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="Jangada"']);
  expect((await send('GET /v2/', { as: 'wrong' })).status).toBe(401);
  expect((await send('GET /v2/')).status).toBe(200);
  expect((await send('GET /apps', { as: null })).status).toBe(418);
  const bearer = await send('GET /v2/', { as: null, headers: { authorization: 'Bearer ana' } });
  expect(bearer.status).toBe(200);
});

test('an image that was pushed can be pulled by tag and by digest', async () => {
  const { config, layer, manifest } = await pushImage('shop/web', 'latest');
  for (const reference of ['latest', digestOf(manifest)]) {
    const answer = await send(`GET /v2/shop/web/manifests/${reference}`, { as: 'bob' });
    expect([await answer.text(), answer.headers.get('content-type')]).toEqual([manifest, MANIFEST]);
  }
  const head = await send(`HEAD /v2/shop/web/blobs/${layer}`);
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '2000']);
  expect(digestOf(Buffer.from(await (await send(`GET /v2/shop/web/blobs/${config}`)).arrayBuffer()))).toBe(config);
  expect(await (await send('GET /v2/shop/web/tags/list')).json()).toEqual({ name: 'shop/web', tags: ['latest'] });
});

test('a tag moves to what was pushed last, and what had it stays by its digest', async () => {
  const first = await pushImage('shop/worker', 'latest');
  const second = await pushImage('shop/worker', 'latest');
  expect(await (await send('GET /v2/shop/worker/manifests/latest')).text()).toBe(second.manifest);
  expect((await send(`GET /v2/shop/worker/manifests/${digestOf(first.manifest)}`)).status).toBe(200);
  expect(await codeOf(await send('GET /v2/shop/web/manifests/v9'))).toEqual([404, 'MANIFEST_UNKNOWN']);
});

test('layers of an app are not there for another one, though the content is', async () => {
  const { layer, config } = await pushImage('shop/web', 'latest');
  expect((await send(`HEAD /v2/stall/web/blobs/${layer}`)).status).toBe(404);
  expect((await send(`HEAD /v2/other/web/blobs/${layer}`, { as: 'bob' })).status).toBe(404);
  const stolen = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { digest: config },
    layers: [{ digest: layer }],
  });
  const answer = await send('PUT /v2/other/web/manifests/latest', { as: 'bob', body: stolen });
  expect(await codeOf(answer)).toEqual([404, 'MANIFEST_BLOB_UNKNOWN']);
});

test('a layer can be mounted from an app that the person may see, and from no other', async () => {
  const shops = await pushBlob('shop/web', randomBytes(50));
  const mount = (to: string, digest: string, from: string, as: string) =>
    send(`POST /v2/${to}/blobs/uploads/?mount=${digest}&from=${from}`, { as });
  expect((await mount('other/web', shops, 'shop/web', 'bob')).status).toBe(201);
  expect((await send(`HEAD /v2/other/web/blobs/${shops}`, { as: 'bob' })).status).toBe(200);
  const stalls = await pushBlob('stall/web', randomBytes(50));
  expect((await mount('other/web', stalls, 'stall/web', 'bob')).status).toBe(202);
  expect((await mount('other/web', stalls, 'shop/web', 'bob')).status).toBe(202);
});

test('pushing needs more than seeing', async () => {
  expect(await codeOf(await send('POST /v2/shop/web/blobs/uploads/', { as: 'bob' }))).toEqual([403, 'DENIED']);
  const { manifest } = await pushImage('shop/web', 'latest');
  expect((await send('PUT /v2/shop/web/manifests/latest', { as: 'bob', body: manifest })).status).toBe(403);
});

test('an upload belongs to its app, goes on where it was, and arrives as it was sent or not at all', async () => {
  const { headers } = await send('POST /v2/shop/web/blobs/uploads/');
  const place = headers.get('location')!;
  await send(`PATCH ${place}`, { body: 'hello ', headers: { 'content-range': '0-5' } });
  expect(await codeOf(await send(`PATCH ${place}`, { body: 'again', headers: { 'content-range': '0-4' } }))).toEqual([
    416,
    'RANGE_INVALID',
  ]);
  expect(await codeOf(await send(`PATCH ${place.replace('/shop/', '/stall/')}`, { body: 'x' }))).toEqual([
    404,
    'BLOB_UPLOAD_UNKNOWN',
  ]);
  expect((await send(`GET ${place}`)).headers.get('range')).toBe('0-5');
  expect((await send(`PUT ${place}?digest=${digestOf('hello world')}`, { body: 'world' })).status).toBe(201);

  const other = (await send('POST /v2/shop/web/blobs/uploads/')).headers.get('location')!;
  expect(await codeOf(await send(`PUT ${other}?digest=${digestOf('right')}`, { body: 'wrong' }))).toEqual([
    400,
    'DIGEST_INVALID',
  ]);
  expect((await send(`HEAD /v2/shop/web/blobs/${digestOf('wrong')}`)).status).toBe(404);
  expect(await readdir(join(folder, 'uploads'))).toEqual([]);
});

test('of images for several platforms, the one for this machine gets the name', async () => {
  const { manifest } = await pushImage('shop/multi', '');
  const entry = (digest: string, architecture: string) => ({
    digest,
    mediaType: MANIFEST,
    platform: { os: 'linux', architecture },
  });
  const list = (architecture: string) =>
    JSON.stringify({
      schemaVersion: 2,
      mediaType: INDEX,
      manifests: [entry(digestOf('attest'), 'unknown'), entry(digestOf(manifest), architecture)],
    });
  const put = (body: string) =>
    send('PUT /v2/shop/multi/manifests/latest', { body, headers: { 'content-type': INDEX } });
  const refused = await put(list('arm64'));
  expect([refused.status, (await refusalOf(refused)).message]).toEqual([
    400,
    expect.stringContaining('--platform linux/amd64'),
  ]);
  expect((await put(list('amd64'))).status).toBe(201);
  expect(await (await send('GET /v2/shop/multi/manifests/latest')).text()).toBe(manifest);
});

test.each<[string, string, Sent, unknown]>([
  ['a name without a type', 'GET /v2/shop/manifests/latest', {}, [404, 'NAME_UNKNOWN']],
  ['a name with a third part', 'GET /v2/shop/web/more/manifests/latest', {}, [404, 'NAME_UNKNOWN']],
  ['a digest of another kind', 'GET /v2/shop/web/blobs/sha512:00', {}, [404, 'NAME_UNKNOWN']],
  ['a manifest that is no JSON', 'PUT /v2/shop/web/manifests/latest', { body: '{' }, [400, 'MANIFEST_INVALID']],
  [
    'a manifest of an old kind',
    'PUT /v2/shop/web/manifests/latest',
    { body: '{"schemaVersion":1}' },
    [400, 'MANIFEST_INVALID'],
  ],
  [
    'a layer without a digest',
    'PUT /v2/shop/web/manifests/latest',
    { body: `{"mediaType":"${MANIFEST}","config":{"digest":"x"},"layers":[]}` },
    [400, 'MANIFEST_INVALID'],
  ],
  ['deleting', 'DELETE /v2/shop/web/manifests/latest', {}, [405, 'UNSUPPORTED']],
  [
    'a layer beyond the limit',
    `POST /v2/shop/web/blobs/uploads/?digest=${digestOf('x')}`,
    { body: randomBytes(100_001) },
    [413, 'SIZE_INVALID'],
  ],
])('%s is refused with its code', async (_name, request, sent, expected) => {
  expect(await codeOf(await send(request, sent))).toEqual(expected);
});

test('without room nothing is taken, and the person is told', async () => {
  room = false;
  const answer = await send('POST /v2/shop/web/blobs/uploads/');
  room = true;
  expect([answer.status, (await refusalOf(answer)).message]).toEqual([403, 'Too little disk space.']);
});

test('an image goes to the engine as docker save would write it', async () => {
  const { config, layer, manifest } = await pushImage('shop/web', 'latest');
  const image = (await store.rows.pushedImages.find({ digest: digestOf(manifest) }))!;
  const files = new Map<string, string>();
  const archive = imageArchive(blobs, image, new AbortController().signal);
  for await (const entry of archive.pipe(extract() as never) as unknown as ReturnType<typeof extract>) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name, digestOf(Buffer.concat(chunks)));
  }
  const name = `${config.slice(7)}.json`;
  expect([...files.keys()]).toEqual(['manifest.json', name, '0/layer.tar']);
  expect([files.get(name), files.get('0/layer.tar')]).toEqual([config, layer]);
});
