import { randomUUID } from 'node:crypto';
import { access, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errorPageTemplate } from '../backup/pages.ts';
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
    // Without a filter the first certificate serves every name that no later line claims.
    [FILES.certificates]: `${FILES.platformCertificate}\n`,
  };
}

/** Writes everything that a starting HAProxy reads, each file at once and readable by this user only. */
export async function writeFiles(
  folder: string,
  config: string,
  mirror: MapMirror,
  certificate: Certificate | null,
): Promise<void> {
  const files: Record<string, string> = { ...fixedFiles(certificate), [FILES.config]: config };
  for (const map of ROUTE_MAPS) files[map] = mapFile(mirror.entries(map));
  if (!(await exists(join(folder, FILES.acme)))) files[FILES.acme] = '';
  await Promise.all(Object.entries(files).map(([name, text]) => replaceFile(join(folder, name), text)));
}

async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.new`;
  await writeFile(draft, text, { mode: 0o600 });
  await rename(draft, path);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
