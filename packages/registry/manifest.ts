import type { Digest } from '@jangada/core';
import { RegistryError } from './registry-error.ts';

const IMAGE_TYPES = [
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.manifest.v1+json',
];
const LIST_TYPES = [
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.oci.image.index.v1+json',
];

export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

/** Layers of one image: Docker itself stops at 127. */
const MAX_LAYERS = 200;

/** One image: its configuration and its layers, the lowest first. */
export interface ImageManifest {
  readonly kind: 'image';
  readonly mediaType: string;
  readonly imageId: Digest;
  readonly layers: readonly Digest[];
}

/** Images of one name for several platforms. */
export interface ManifestList {
  readonly kind: 'list';
  /** The image for this machine; null when there is none. */
  readonly ours: Digest | null;
}

type Tree = Readonly<Record<string, unknown>>;

/** `architecture`: as Go calls it, `amd64`. Throws MANIFEST_INVALID. */
export function readManifest(text: string, contentType: string, architecture: string): ImageManifest | ManifestList {
  const document = parse(text);
  const mediaType =
    typeof document['mediaType'] === 'string' ? document['mediaType'] : contentType.split(';')[0]?.trim();
  if (mediaType !== undefined && LIST_TYPES.includes(mediaType))
    return { kind: 'list', ours: oursOf(document, architecture) };
  if (mediaType === undefined || !IMAGE_TYPES.includes(mediaType)) {
    throw invalid(`Manifests of the type ${String(mediaType).slice(0, 100)} are not taken here.`);
  }
  const layers = document['layers'];
  if (!Array.isArray(layers) || layers.length > MAX_LAYERS) throw invalid('The manifest has no layers, or too many.');
  return { kind: 'image', mediaType, imageId: digestOf(document['config']), layers: layers.map(digestOf) };
}

function oursOf(document: Tree, architecture: string): Digest | null {
  const manifests = document['manifests'];
  if (!Array.isArray(manifests)) throw invalid('The list of manifests has none.');
  const ours = manifests.find(({ platform }) => platform?.os === 'linux' && platform?.architecture === architecture);
  return ours === undefined ? null : digestOf(ours);
}

function digestOf(descriptor: unknown): Digest {
  const digest = isTree(descriptor) ? descriptor['digest'] : null;
  if (typeof digest === 'string' && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  throw invalid('The manifest names something without a sha256 digest.');
}

function parse(text: string): Tree {
  try {
    const document: unknown = JSON.parse(text);
    if (isTree(document)) return document;
  } catch {
    // Said below.
  }
  throw invalid('The manifest is not a JSON object.');
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): RegistryError {
  return new RegistryError('MANIFEST_INVALID', message);
}
