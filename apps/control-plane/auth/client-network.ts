import { isIPv6 } from 'node:net';

/** Groups of 16 bits of an IPv6 address, and those of them that one client is given as a whole: a /64. */
const GROUPS = { address: 8, network: 4 };

/**
 * What stands for one client when requests are counted by address: an IPv4 address itself, also when it is written as IPv6
 * (`::ffff:192.0.2.1`); of an IPv6 address the first 64 bits (`2001:db8:0:1::/64`), because the rest is the client's to choose.
 */
export function clientNetwork(address: string): string {
  const [, mapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(address)) return address;
  const [head = '', tail = ''] = address.split('::');
  const [before, after] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array<string>(Math.max(0, GROUPS.address - before.length - after.length)).fill('0');
  const network = [...before, ...zeros, ...after].slice(0, GROUPS.network);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

function groupsOf(part: string): readonly string[] {
  return part === '' ? [] : part.split(':');
}
