import type { AppRoute, RouteDyno } from '@jangada/core';
import type { HCodeName } from '../access-log/h-codes.ts';

/** What becomes of a request that found no usable dyno in HAProxy (router.md 6). */
export type Verdict =
  | { readonly kind: 'page'; readonly code: HCodeName }
  | { readonly kind: 'hold'; readonly wake: boolean }
  | { readonly kind: 'dyno'; readonly dynos: readonly RouteDyno[] };

/** `heldMs`: how long the request has waited already. */
export function decide(route: AppRoute, heldMs: number, holdMs: number): Verdict {
  if (route.maintenance) return { kind: 'page', code: 'H80' };
  const dynos = route.dynos.filter((dyno) => dyno.state === 'up');
  if (dynos.length > 0) return { kind: 'dyno', dynos };
  switch (route.state) {
    case 'crashed':
      return { kind: 'page', code: 'H10' };
    case 'stopped':
      return { kind: 'page', code: 'H14' };
    case 'blank':
      return { kind: 'page', code: 'H81' };
    case 'serving':
    case 'starting':
    case 'asleep':
      return heldMs < holdMs ? { kind: 'hold', wake: route.state === 'asleep' } : { kind: 'page', code: 'H20' };
  }
}
