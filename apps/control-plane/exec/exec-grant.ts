import { createHash } from 'node:crypto';
import { PlatformError } from '@jangada/platform-api';
import ssh2 from 'ssh2';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Context } from '../context.ts';

/** What the user name of an SSH login allows: the holder of this key to enter this dyno, as long as the authorization holds. */
const ExecGrant = Type.Object({
  dynoId: Type.String(),
  authorizationId: Type.String(),
  /** `keyFingerprint` of the client's key. */
  key: Type.String(),
});
export type ExecGrant = Static<typeof ExecGrant>;

const PURPOSE = 'exec';

/** Hours that the user name can be logged in with: `ps:forward` and `ps:socks` log in anew for every connection. */
const LIFE_HOURS = 12;

/** Smallest RSA key in bits that is taken; the CLI makes 2048. */
const RSA_BITS = 2048;

/** The user name under which the client logs in. It is the grant itself, signed, so that it survives a restart. */
export function signExecGrant(context: Context, grant: ExecGrant): string {
  return context.capabilities.sign(PURPOSE, grant, new Date(context.clock.now().getTime() + LIFE_HOURS * 3_600_000));
}

/** Null when the user name is forged or has expired. */
export function verifyExecGrant(context: Context, user: string): ExecGrant | null {
  const content = context.capabilities.verify(PURPOSE, user);
  return Value.Check(ExecGrant, content) ? content : null;
}

/** Fingerprint of a public key as it travels over SSH. */
export function keyFingerprint(blob: Uint8Array): string {
  return createHash('sha256').update(blob).digest('base64url');
}

/** Fingerprint of one line of OpenSSH's public key format. Throws `invalid_params` for anything else and for weak keys. */
export function readClientKey(line: string): string {
  const key = ssh2.utils.parseKey(line);
  if (key instanceof Error || key.isPrivateKey() || !line.startsWith(key.type)) {
    throw new PlatformError(
      'invalid_params',
      'The client_key must be a public key as OpenSSH writes it: ssh-rsa AAAA….',
    );
  }
  const blob = key.getPublicSSH();
  if (key.type === 'ssh-dss' || (key.type === 'ssh-rsa' && rsaBits(blob) < RSA_BITS)) {
    throw new PlatformError('invalid_params', `The client_key is too weak. Use RSA with ${RSA_BITS} bits, or Ed25519.`);
  }
  return keyFingerprint(blob);
}

/** Length of the modulus, the third string of the blob (RFC 4253, 6.6). */
function rsaBits(blob: Buffer): number {
  let at = 0;
  for (let skipped = 0; skipped < 2; skipped++) at += 4 + blob.readUInt32BE(at);
  const length = blob.readUInt32BE(at);
  const first = blob[at + 4] ?? 0;
  return (length - (first === 0 ? 1 : 0)) * 8;
}
