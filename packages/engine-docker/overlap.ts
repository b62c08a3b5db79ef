/**
 * For how long a line that the engine has logged may still come over an attachment: each has a thread of its own there, and
 * on a busy machine they are far from in step.
 */
const STRAGGLER_MS = 2_000;

/**
 * The lines of a new attachment, of which the first may have been read from the engine's buffer already: those are left out.
 * Lines that may be such ones are held back until it is certain, or the time for it is over; others go on at once. Whoever is in
 * doubt tells a line twice and loses none.
 */
export class Overlap<Line extends { readonly text: string }> {
  readonly #push: (line: Line) => void;
  #held: Line[] = [];
  /** Null until it is known. */
  #logged: readonly string[] | null = null;
  /** Where in `#logged` the held lines may begin, with more to come, smallest first. */
  #starts: number[] = [];
  /** How many of the held lines are the end of `#logged`, as far as is known. */
  #count = 0;
  #ended = false;
  #settled = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(push: (line: Line) => void) {
    this.#push = push;
  }

  /** A line of the attachment. */
  push(line: Line): void {
    if (this.#settled) {
      this.#push(line);
      return;
    }
    this.#held.push(line);
    if (this.#logged === null) return;
    this.#match(this.#logged, line, this.#held.length);
    if (this.#starts.length === 0) this.#settle();
  }

  /** What the engine has logged since the attachment was asked for: the last of it, all or nothing, come over it too. */
  compare(logged: readonly string[]): void {
    this.#logged = logged;
    this.#starts = logged.map((_, index) => index);
    for (const [index, line] of this.#held.entries()) this.#match(logged, line, index + 1);
    if (this.#starts.length === 0 || this.#ended) this.#settle();
    else this.#timer = setTimeout(() => this.#settle(), STRAGGLER_MS).unref();
  }

  /** No more lines come over the attachment. */
  end(): void {
    this.#ended = true;
    if (this.#logged !== null) this.#settle();
  }

  /** `line` is the last of so many that have come. */
  #match(logged: readonly string[], line: Line, come: number): void {
    this.#starts = this.#starts.filter((start) => logged[start + come - 1] === line.text);
    if (this.#starts.at(-1) !== logged.length - come) return;
    this.#starts.pop();
    this.#count = come;
  }

  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.#timer) clearTimeout(this.#timer);
    for (const line of this.#held.slice(this.#count)) this.#push(line);
    this.#held = [];
  }
}
