import { MAX_LINE_BYTES } from './log-line.ts';

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/**
 * Cuts a byte stream into lines of text: `\n` and `\r\n` end a line, a line above 10,000 bytes is split (behaviour 4.2),
 * never inside a character; bytes that are not UTF-8 become U+FFFD.
 */
export class LineSplitter {
  readonly #emit: (text: string) => void;
  #parts: Buffer[] = [];
  #bytes = 0;
  #skipping = false;

  constructor(emit: (text: string) => void) {
    this.#emit = emit;
  }

  push(chunk: Buffer): void {
    let start = 0;
    if (this.#skipping) {
      const end = chunk.indexOf(NEWLINE);
      if (end === -1) return;
      this.#skipping = false;
      start = end + 1;
    }
    for (let end = chunk.indexOf(NEWLINE, start); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#line(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** Forgets the unfinished line and begins with `rest`; null when what comes first is still the same, dropped line. */
  restart(rest: Buffer | null): void {
    this.#parts = [];
    this.#bytes = 0;
    this.#skipping = rest === null;
    if (rest !== null && rest.length > 0) this.#keep(rest);
  }

  /** The stream has ended: what is left is a line. */
  end(): void {
    if (this.#bytes > 0) this.#line(Buffer.alloc(0));
  }

  #line(last: Buffer): void {
    const line = this.#parts.length === 0 ? last : Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#bytes = 0;
    const length = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
    if (length <= MAX_LINE_BYTES) this.#decode(line.subarray(0, length));
    else this.#decode(this.#split(line.subarray(0, length)));
  }

  #keep(part: Buffer): void {
    // Copied: the chunk's memory belongs to a larger pool that a waiting prompt would hold.
    this.#parts.push(Buffer.from(part));
    this.#bytes += part.length;
    // One byte more than a line may have: the last could be the `\r` of a line end.
    if (this.#bytes <= MAX_LINE_BYTES + 1) return;
    const rest = this.#split(Buffer.concat(this.#parts));
    this.#parts = [rest];
    this.#bytes = rest.length;
  }

  /** Emits full-size pieces and returns the rest, which fits. */
  #split(line: Buffer): Buffer {
    let rest = line;
    while (rest.length > MAX_LINE_BYTES) {
      const at = characterBoundary(rest, MAX_LINE_BYTES);
      this.#decode(rest.subarray(0, at));
      rest = rest.subarray(at);
    }
    return rest;
  }

  #decode(line: Buffer): void {
    const text = line.toString('utf8');
    // Replacement characters take three bytes, so a line of broken bytes can outgrow the limit by being decoded.
    if (text.length * 3 > MAX_LINE_BYTES && Buffer.byteLength(text) > MAX_LINE_BYTES) {
      const rest = this.#split(Buffer.from(text));
      this.#emit(rest.toString('utf8'));
    } else {
      this.#emit(text);
    }
  }
}

/** The last place at or before `at` where a character starts. `at` itself where the bytes are not UTF-8. */
function characterBoundary(bytes: Buffer, at: number): number {
  for (let back = 0; back < 4; back++) {
    if (((bytes[at - back] ?? 0) & 0xc0) !== 0x80) return at - back;
  }
  return at;
}
