import { generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createAcmeIssuer } from '@jangada/acme';
import type { CertificateIssuer, CertificateTable } from '@jangada/core';
import type { Context } from '../context.ts';

/** The authority of this installation, with the account key that is kept in the store (made at the first use). */
export async function openIssuer(
  { store, ids, clock }: Pick<Context, 'store' | 'ids' | 'clock'>,
  settings: { readonly directoryUrl: string; readonly email: string | null; readonly caBundle: string | null },
  challenges: CertificateTable,
): Promise<CertificateIssuer> {
  const { directoryUrl, email, caBundle } = settings;
  const known = await store.rows.acmeAccounts.find({ directoryUrl });
  const { privateKey } =
    known ??
    (await store.rows.acmeAccounts.insert({
      id: ids.uuid(),
      directoryUrl,
      privateKey: generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .privateKey.export({ type: 'pkcs8', format: 'pem' })
        .toString(),
      createdAt: clock.now(),
      updatedAt: clock.now(),
    }));
  const trust = caBundle === null ? null : await readFile(caBundle, 'utf8');
  return createAcmeIssuer({ directoryUrl, email, accountKey: privateKey, challenges, trust });
}
