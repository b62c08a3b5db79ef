import type { DynoSize as DynoSizeShape } from '@heroku-cli/schema';
import type { DynoSize, SizeTable } from '@jangada/core';
import { nameUuid } from '@jangada/platform-api';

const GiB = 1024 ** 3;

/** A size as other resources refer to it. */
export function sizeReference(name: string): { id: string; name: string } {
  return { id: nameUuid(`dyno-size:${name}`), name };
}

/** The size with this name, in any case, or this id; null when there is none. */
export function findSize(sizes: SizeTable, nameOrId: string): DynoSize | null {
  return sizes.find(nameOrId) ?? sizes.all.find((one) => sizeReference(one.name).id === nameOrId) ?? null;
}

/** Nothing is billed here, so the cost is none. */
export function presentDynoSize(size: DynoSize): DynoSizeShape {
  const tier = size.name.split('-')[0]!.toLowerCase();
  return {
    ...sizeReference(size.name),
    architecture: 'amd64',
    can_autoscale: tier === 'performance',
    compute: size.cpuShare,
    cost: null,
    dedicated: tier === 'performance',
    dyno_units: size.cpuShare,
    generation: { id: nameUuid('generation:cedar'), name: 'cedar' },
    infrastructure_tier: 'production',
    memory: size.memoryQuota / GiB,
    precise_dyno_units: size.cpuShare,
    private_space_only: false,
    product_dyno_tier: tier,
  };
}
