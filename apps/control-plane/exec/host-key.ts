import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import ssh2 from 'ssh2';

/** What the SSH server proves itself with. */
export interface HostKey {
  /** OpenSSH's private key format. */
  readonly privateKey: string;
  /** `ssh-ed25519 AAAA…`, which the API tells clients to expect. */
  readonly publicKey: string;
}

/** The installation's key for `ps:exec`, made at the first start and kept (mode 600). */
export async function openHostKey(path: string): Promise<HostKey> {
  const privateKey = (await readFile(path, 'utf8').catch(missing)) ?? (await makeHostKey(path));
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error)
    throw new Error(`${path} is damaged: ${key.message}. Restore it, or remove it for a new one.`);
  return { privateKey, publicKey: `${key.type} ${key.getPublicSSH().toString('base64')}` };
}

/** A new Ed25519 pair. The library writes one private key in about 160 in a form that it cannot read itself (1.17.0): that one is not taken. */
export function makeKeyPair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519');
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
  }
}

async function makeHostKey(path: string): Promise<string> {
  const partial = `${path}.${randomUUID()}.partial`;
  await writeFile(partial, makeKeyPair().private, { mode: 0o600, flush: true });
  try {
    await link(partial, path);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    await rm(partial);
  }
  return readFile(path, 'utf8');
}

function missing(error: { code?: string }): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
