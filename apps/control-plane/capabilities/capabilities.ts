import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@jangada/core';
import type { Capabilities } from '../context.ts';

interface Payload {
  readonly c: unknown;
  /** Milliseconds since the epoch; absent: for ever. */
  readonly e?: number;
}

/** Capabilities signed with a key derived from the master key: they outlive restarts and need no store. */
export function createCapabilities(masterKey: Uint8Array, clock: Clock): Capabilities {
  const key = Buffer.from(hkdfSync('sha256', masterKey, '', 'jangada capability urls', 32));
  const seal = (purpose: string, body: string): Buffer =>
    createHmac('sha256', key).update(`${purpose}.${body}`).digest();

  return {
    sign(purpose, content, expires) {
      const payload: Payload = { c: content, ...(expires ? { e: expires.getTime() } : {}) };
      const body = Buffer.from(JSON.stringify(payload)).toString('base64url');
      return `${body}.${seal(purpose, body).toString('base64url')}`;
    },

    verify(purpose, token) {
      const [body = '', signature = ''] = token.split('.');
      const given = Buffer.from(signature, 'base64url');
      const right = seal(purpose, body);
      if (given.length !== right.length || !timingSafeEqual(given, right)) return null;
      const payload = JSON.parse(Buffer.from(body, 'base64url').toString()) as Payload;
      return payload.e !== undefined && payload.e <= clock.now().getTime() ? null : payload.c;
    },
  };
}
