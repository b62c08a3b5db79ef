import { isIPv4, isIPv6 } from 'node:net';

/** The end of a tunnel, as the client names it (RFC 4254, 7.2). */
export interface Destination {
  readonly destIP: string;
  readonly destPort: number;
}

/** Seconds without a byte after which a tunnel goes that one side has closed. The other side learns of it only then. */
const HALF_CLOSED_SECONDS = 1;

/**
 * argv of the process inside the dyno that carries a tunnel; null for a destination that is not the dyno itself, which
 * nobody is let to. `address` is the dyno's own, null when it is not known. `0.0.0.0` is what `ps:forward` asks for.
 */
export function forwardCommand({ destIP, destPort }: Destination, address: string | null): readonly string[] | null {
  const target = targetOf(destIP.toLowerCase(), address);
  if (target === null || !Number.isInteger(destPort) || destPort < 1 || destPort > 65_535) return null;
  // Its complaints must not reach the client as data: a tunnel that leads nowhere just closes.
  return ['/usr/bin/socat', '-lf', '/dev/null', '-t', String(HALF_CLOSED_SECONDS), '-', `${target}:${destPort}`];
}

function targetOf(host: string, address: string | null): string | null {
  if (host === '0.0.0.0' || host === 'localhost' || host === '::') return 'TCP4:127.0.0.1';
  if (isIPv4(host) && host.startsWith('127.')) return `TCP4:${host}`;
  if (host === '::1') return 'TCP6:[::1]';
  if (host !== address) return null;
  return isIPv6(address) ? `TCP6:[${address}]` : `TCP4:${address}`;
}
