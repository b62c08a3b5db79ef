import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorPageTemplate } from '../backup/pages.ts';
import { certificateList, type ServedFile } from '../certificates/served-file.ts';
import { FILES } from '../plan/files.ts';
import { mapFile, ROUTE_MAPS } from '../plan/maps.ts';
import type { MapMirror } from './map-mirror.ts';

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The files, apart from the configuration, that HAProxy reads at its start only. */
export function fixedFiles(certificate: Certificate | null): Readonly<Record<string, string>> {
  return {
    [FILES.errorPage]: errorPageTemplate(),
    [FILES.platformCertificate]: certificate ? `${certificate.cert.trimEnd()}\n${certificate.key.trimEnd()}\n` : '',
    [FILES.certificates]: certificateList([]),
  };
}

/** What has changed since the start of the HAProxy that went before. */
export interface StartFiles {
  readonly served: readonly ServedFile[];
  /** Answers to certificate authorities by path. */
  readonly challenges: ReadonlyMap<string, string>;
}

/** Writes everything that a starting HAProxy reads, each file at once and readable by this user only. */
export async function writeFiles(
  folder: string,
  config: string,
  mirror: MapMirror,
  certificate: Certificate | null,
  { served, challenges }: StartFiles,
): Promise<void> {
  const files: Record<string, string> = {
    ...fixedFiles(certificate),
    [FILES.config]: config,
    [FILES.certificates]: certificateList(served),
    [FILES.acme]: mapFile(challenges),
  };
  for (const map of ROUTE_MAPS) files[map] = mapFile(mirror.entries(map));
  await Promise.all(Object.entries(files).map(([name, text]) => replaceFile(join(folder, name), text)));
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}
