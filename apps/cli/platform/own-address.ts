import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';

/** A sentence for the operator when `host` does not lead to this machine; null when it does. */
export async function strangeHost(host: string): Promise<string | null> {
  const found = await lookup(host, { all: true }).catch(() => []);
  if (found.length === 0) return `This machine does not know the name ${host}. Other computers have to.`;
  const own = Object.values(networkInterfaces()).flatMap((addresses) =>
    (addresses ?? []).map(({ address }) => address),
  );
  if (found.some(({ address }) => own.includes(address) || address.startsWith('127.'))) return null;
  return `${host} is no address of this machine. That is right only where something in front of it leads here, such as NAT.`;
}
