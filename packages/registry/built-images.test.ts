import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  createFakeClock,
  createMemoryBlobStore,
  createMemoryStore,
  createSequentialIds,
  SAMPLE_ROWS,
} from '@jangada/conformance';
import type { BlobStore, Store } from '@jangada/core';
import { pack } from 'tar-stream';
import { beforeEach, expect, test } from 'vitest';
import { hasBlob } from './image-blobs.ts';
import { keepBuiltImages } from './index.ts';

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const hex = (text: string): string => digestOf(text).slice(7);
const configOf = (...layers: readonly string[]): string =>
  JSON.stringify({ rootfs: { type: 'layers', diff_ids: layers.map(digestOf) } });
const [BASE, OWN] = ['the base', 'what the app built'];
const CONFIG = configOf(BASE, OWN);

type Entries = readonly (readonly [name: string, content: string, link?: string])[];

/** As engines before 25 write it: a folder a layer, and a link where two images have the same one. */
const byFolder: Entries = [
  ['aaaa/', ''],
  ['aaaa/VERSION', '1.0'],
  ['aaaa/json', '{}'],
  ['aaaa/layer.tar', BASE],
  ['bbbb/layer.tar', OWN],
  ['cccc/layer.tar', '', '../aaaa/layer.tar'],
  [`${hex(CONFIG)}.json`, CONFIG],
  [
    'manifest.json',
    JSON.stringify([{ Config: `${hex(CONFIG)}.json`, RepoTags: null, Layers: ['cccc/layer.tar', 'bbbb/layer.tar'] }]),
  ],
  ['repositories', '{}'],
];

/** As newer engines do: an OCI layout, with the older list beside it. */
const byDigest: Entries = [
  ['blobs/', ''],
  ...[BASE, OWN, CONFIG].map((text): [string, string] => [`blobs/sha256/${hex(text)}`, text]),
  ['index.json', '{}'],
  [
    'manifest.json',
    JSON.stringify([
      { Config: `blobs/sha256/${hex(CONFIG)}`, Layers: [BASE, OWN].map((text) => `blobs/sha256/${hex(text)}`) },
    ]),
  ],
  ['oci-layout', '{}'],
];

function archiveOf(entries: Entries): Readable {
  const archive = pack();
  for (const [name, content, linkname] of entries) {
    if (linkname !== undefined) archive.entry({ name, type: 'symlink', linkname });
    else if (name.endsWith('/')) archive.entry({ name, type: 'directory' });
    else archive.entry({ name }, content);
  }
  archive.finalize();
  return Readable.from(archive, { objectMode: false });
}

let store: Store;
let blobs: BlobStore;
const ids = createSequentialIds();
beforeEach(async () => {
  [store, blobs] = [createMemoryStore(), createMemoryBlobStore()];
  await store.rows.accounts.insert(SAMPLE_ROWS.accounts);
  for (const id of ['shop', 'other']) await store.rows.apps.insert({ ...SAMPLE_ROWS.apps, id, name: id });
});

const keep = (entries: Entries, appId = 'shop', imageId = digestOf(CONFIG)): Promise<void> =>
  keepBuiltImages(
    { store, blobs, clock: createFakeClock(), ids },
    appId,
    new Map([[imageId, 'web']]),
    archiveOf(entries),
    AbortSignal.timeout(15_000),
  );

test.each([
  ['with a folder a layer', byFolder],
  ['with blobs by digest', byDigest],
])('an archive of the engine %s becomes an image of the app without a name', async (_name, entries) => {
  await keep(entries);
  const image = await store.rows.pushedImages.find({ appId: 'shop', imageId: digestOf(CONFIG) });
  expect(image).toMatchObject({ type: 'web', tags: [], layers: [digestOf(BASE), digestOf(OWN)] });
  const [manifest] = await (await blobs.read(image!.digest)).toArray();
  expect(JSON.parse(String(manifest))).toMatchObject({
    config: { digest: digestOf(CONFIG), size: CONFIG.length },
    layers: [{ digest: digestOf(BASE), size: BASE.length }, { digest: digestOf(OWN) }],
  });
});

test('layers are kept once for all, and only the app that built one has it', async () => {
  await keep(byFolder);
  const before = (await Array.fromAsync(blobs.list())).length;
  const other = configOf(BASE);
  await keep(
    [
      ['aaaa/layer.tar', BASE],
      ['x.json', other],
      ['manifest.json', JSON.stringify([{ Config: 'x.json', Layers: ['aaaa/layer.tar'] }])],
    ],
    'other',
    digestOf(other),
  );
  // Its configuration and its manifest.
  expect((await Array.fromAsync(blobs.list())).length).toBe(before + 2);
  expect(await hasBlob(store.rows, 'other', digestOf(BASE))).toBe(true);
  expect(await hasBlob(store.rows, 'other', digestOf(OWN))).toBe(false);
});

test.each<[string, Entries]>([
  ['without its list', byFolder.filter(([name]) => name !== 'manifest.json')],
  ['without a layer', byFolder.filter(([name]) => name !== 'bbbb/layer.tar')],
  ['with another layer than the image says', byFolder.map(([name, text]) => [name, text === OWN ? 'else' : text])],
])('an archive %s is refused, and the app has no image of it', async (_name, entries) => {
  await expect(keep(entries)).rejects.toMatchObject({ id: 'engine_unavailable' });
  expect(await store.rows.pushedImages.count({})).toBe(0);
});
