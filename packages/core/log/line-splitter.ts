import { MAX_LINE_BYTES } from './log-line.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/** Cuts a byte stream into log texts: at line breaks (`\n`, `\r\n`), and into chunks of 10,000 bytes (behaviour 4.2). */
export class LineSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The lines that this chunk completes. Bytes that are not UTF-8 become replacement characters. */
  push(chunk: Uint8Array): string[] {
    let data = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    const lines: string[] = [];
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE)) {
      lines.push(...pieces(data.subarray(0, end)));
      data = data.subarray(end + 1);
    }
    while (data.length > MAX_LINE_BYTES) {
      const cut = cutBefore(data, MAX_LINE_BYTES);
      lines.push(data.toString('utf8', 0, cut));
      data = data.subarray(cut);
    }
    this.#rest = data;
    return lines;
  }

  /** The last line, when it had no line break. */
  end(): string[] {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return rest.length === 0 ? [] : pieces(rest);
  }
}

function pieces(line: Buffer): string[] {
  let data = line.at(-1) === RETURN ? line.subarray(0, -1) : line;
  const texts: string[] = [];
  while (data.length > MAX_LINE_BYTES) {
    const cut = cutBefore(data, MAX_LINE_BYTES);
    texts.push(data.toString('utf8', 0, cut));
    data = data.subarray(cut);
  }
  texts.push(data.toString('utf8'));
  return texts;
}

/** The last place at or before `limit` that does not split a UTF-8 character. */
function cutBefore(data: Buffer, limit: number): number {
  let cut = limit;
  while (cut > limit - 4 && ((data[cut] ?? 0) & 0xc0) === 0x80) cut--;
  return cut;
}
