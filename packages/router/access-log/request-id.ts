/** A client's request id passes when it has this form (behaviour 2.4). */
export const CLIENTS_FORM = '^[A-Za-z0-9=+/-]{20,200}$';

const CLIENTS = new RegExp(CLIENTS_FORM);

/** Tells one start of HAProxy from others, as it stands in the middle of a UUID. `random`: at least 28 bits. */
export function startMark(random: Buffer): string {
  const digits = random.toString('hex');
  return `${digits.slice(0, 4)}-4${digits.slice(4, 7)}`;
}

/**
 * A version 4 UUID made of what HAProxy writes at little cost (decision 0045): the second, the start of HAProxy, the
 * millisecond, and the number of the request, which no other of this start has until 2^32 came after it. Two are equal only if
 * two HAProxys with equal marks counted to the same number in the same millisecond. As HAProxy keeps and logs it, the id has
 * two digits too many in front and misses the padding at its end.
 */
export function unpaddedId(mark: string): string {
  return `%Ts-${mark}-8%ms-%rt`;
}

const PADDING = 'f'.repeat(12);
const EXCESS = 'TT'.length;
const LENGTH = 36;

/** HAProxy's expression for the whole id. */
export const PADDED = `unique-id,concat(${PADDING}),bytes(${EXCESS},${LENGTH})`;

/** The id that the dyno got: the client's `own` if it has the form. */
export function requestIdOf(own: string | undefined, unpadded: string): string {
  return own !== undefined && CLIENTS.test(own) ? own : (unpadded + PADDING).slice(EXCESS, EXCESS + LENGTH);
}
