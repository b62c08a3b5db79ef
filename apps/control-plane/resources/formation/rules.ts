import { type DynoSize, type Formation, MAX_DYNOS_PER_APP, runsInFormation, type SizeTable } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { UpdateFormationRequest } from '@jangada/platform-api/requests';
import { findSize } from '../dyno-sizes/present.ts';

/** What one process type is asked to become. */
export type ProcessTypeChange = UpdateFormationRequest & { readonly type: string };

/** A process type's place in the formation after the change. */
export type Scaled = Pick<Formation, 'id' | 'type' | 'quantity' | 'size'>;

/**
 * The formation after a batch of changes, in the order of the changes, each type once. Throws `not_found` for an unknown
 * process type and `invalid_params` for what cannot be (limits of behaviour 1.7).
 */
export function scale(
  sizes: SizeTable,
  formation: readonly Formation[],
  changes: readonly ProcessTypeChange[],
): readonly Scaled[] {
  const scaled = new Map<string, Scaled>();
  for (const change of changes) {
    const before = scaled.get(change.type) ?? formation.find((one) => one.type === change.type);
    if (!before) throw unknownType(change.type);
    const size = sizeAfter(sizes, before, change);
    const quantity = quantityAfter(before, change);
    requireWithin(change.type, quantity, size);
    scaled.set(change.type, { id: before.id, type: before.type, quantity, size: size.name });
  }
  const total = formation.reduce((sum, one) => sum + (scaled.get(one.type) ?? one).quantity, 0);
  if (total > MAX_DYNOS_PER_APP) {
    throw new PlatformError(
      'invalid_params',
      `An app runs at most ${MAX_DYNOS_PER_APP} dynos; this would be ${total}.`,
    );
  }
  return [...scaled.values()];
}

export function unknownType(type: string): PlatformError {
  return new PlatformError('not_found', `Couldn't find that process type (${type}).`, { resource: 'process_type' });
}

function quantityAfter(before: Scaled, change: ProcessTypeChange): number {
  if (change.quantity === undefined) return before.quantity;
  const text = String(change.quantity);
  const quantity =
    /^[+-]/.test(text) && typeof change.quantity === 'string' ? before.quantity + Number(text) : Number(text);
  if (quantity < 0) {
    throw new PlatformError('invalid_params', `${change.type} cannot run ${quantity} dynos. Ask for 0 or more.`);
  }
  return quantity;
}

function sizeAfter(sizes: SizeTable, before: Scaled, change: ProcessTypeChange): DynoSize {
  const { dyno_size: asked } = change;
  const name = change.size ?? (typeof asked === 'string' ? asked : (asked?.name ?? asked?.id)) ?? before.size;
  const size = findSize(sizes, name);
  if (size) return size;
  const names = sizes.all.map((one) => one.name).join(', ');
  throw new PlatformError('invalid_params', `There is no dyno size ${name}. Choose one of: ${names}.`);
}

function requireWithin(type: string, quantity: number, size: DynoSize): void {
  if (!runsInFormation(type) && quantity > 0) {
    throw new PlatformError(
      'invalid_params',
      `${type} runs once with every release and cannot be scaled, only resized.`,
    );
  }
  if (size.maxPerType === null || quantity <= size.maxPerType) return;
  throw new PlatformError(
    'invalid_params',
    `${type} can have at most ${size.maxPerType} dynos of size ${size.name}; you asked for ${quantity}.`,
  );
}
