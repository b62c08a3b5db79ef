/** A range of IPv4 addresses: first address as a number, and how many leading bits are fixed. */
export interface Subnet {
  readonly base: number;
  readonly bits: number;
}

/** 1,022 dynos: as many ports as a Linux bridge has. */
const DYNO_BITS = 22;

/** Where dyno networks are looked for: seldom used parts of the private ranges first. */
const POOLS = ['10.200.0.0/13', '10.96.0.0/12', '172.24.0.0/13', '192.168.128.0/17'].map((text) => parseSubnet(text)!);

/** `10.1.0.0/16`, or null when it is not an IPv4 range. */
export function parseSubnet(text: string): Subnet | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return null;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || bits > 32) return null;
  const size = 2 ** (32 - bits);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  return { base: address - (address % size), bits };
}

export function formatSubnet({ base, bits }: Subnet): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(base / 2 ** shift) % 256).join('.')}/${bits}`;
}

/**
 * Ranges that collide with none of `taken`, the preferred first. `seed` (hex digits) spreads installations over the pools,
 * so that two which look at the same moment seldom choose the same.
 */
export function* freeSubnets(taken: readonly Subnet[], seed: string): Iterable<Subnet> {
  const size = 2 ** (32 - DYNO_BITS);
  for (const pool of POOLS) {
    const slots = 2 ** (DYNO_BITS - pool.bits);
    const first = Number.parseInt(seed.slice(0, 8), 16) % slots || 0;
    for (let step = 0; step < slots; step++) {
      const subnet = { base: pool.base + ((first + step) % slots) * size, bits: DYNO_BITS };
      if (!taken.some((other) => overlap(subnet, other))) yield subnet;
    }
  }
}

function overlap(one: Subnet, other: Subnet): boolean {
  const end = (subnet: Subnet): number => subnet.base + 2 ** (32 - subnet.bits);
  return one.base < end(other) && other.base < end(one);
}

/** The ranges of the machine's routes out of `/proc/net/route` (hex, little-endian); the default route is not one. */
export function routedSubnets(procNetRoute: string): Subnet[] {
  return procNetRoute
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
    .filter((columns) => columns.length > 7 && columns[7] !== '00000000')
    .map((columns) => ({
      base: littleEndian(columns[1]!),
      bits: littleEndian(columns[7]!).toString(2).replaceAll('0', '').length,
    }));
}

function littleEndian(hex: string): number {
  return Buffer.from(hex.padStart(8, '0'), 'hex').readUInt32LE(0);
}
