/**
 * The little of the protocol buffers wire format that BuildKit's messages need: fields with a length, and whole numbers.
 * Source: the encoding guide of protobuf.dev.
 */

const WHOLE_NUMBER = 0;
const EIGHT_BYTES = 1;
const BYTES = 2;
const FOUR_BYTES = 5;

/** The fields of one message by number, in order. Throws when the bytes are no message. */
export interface Fields {
  bytes(field: number): readonly Buffer[];
  text(field: number): string;
  /** 0 when absent. */
  number(field: number): number;
  messages(field: number): readonly Fields[];
}

export function readMessage(bytes: Buffer): Fields {
  const lengths = new Map<number, Buffer[]>();
  const numbers = new Map<number, number>();
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw new Error('The message is cut off.');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag & 7];
    if (type === WHOLE_NUMBER) numbers.set(field, varint());
    else if (type === EIGHT_BYTES) at += 8;
    else if (type === FOUR_BYTES) at += 4;
    else if (type === BYTES) {
      const length = varint();
      if (at + length > bytes.length) throw new Error('The message is cut off.');
      lengths.set(field, [...(lengths.get(field) ?? []), bytes.subarray(at, at + length)]);
      at += length;
    } else throw new Error(`The message has a field of an unknown kind (${type}).`);
  }
  const all = (field: number): readonly Buffer[] => lengths.get(field) ?? [];
  return {
    bytes: all,
    text: (field) => all(field).at(-1)?.toString('utf8') ?? '',
    number: (field) => numbers.get(field) ?? 0,
    messages: (field) => all(field).map(readMessage),
  };
}

/** A message with one field of bytes or of a whole number below 128. */
export function writeMessage(field: number, value: Buffer | number): Buffer {
  if (typeof value === 'number') return Buffer.from([field << 3, value]);
  return Buffer.concat([Buffer.from([(field << 3) | BYTES]), writeVarint(value.length), value]);
}

function writeVarint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) | 0x80);
  }
}
