/** Something in the app that a person can put right. Each line is shown after ` !     `. */
export class BuildError extends Error {
  readonly lines: readonly string[];

  constructor(...lines: string[]) {
    super(lines.join(' '));
    this.lines = lines;
  }
}
