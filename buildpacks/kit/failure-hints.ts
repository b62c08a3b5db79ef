/** What a line of a failed program's output says, and the lines that tell what to do. `$1` in them is the pattern's first group. */
export type FailureHint = readonly [said: RegExp, advice: readonly string[]];

/** What the first known trouble in the output means, as lines for the person; none when nothing is known. */
export function explainBy(hints: readonly FailureHint[], output: readonly string[]): readonly string[] {
  for (const line of output) {
    for (const [said, advice] of hints) {
      const match = said.exec(line);
      if (match) return advice.map((text) => text.replaceAll('$1', () => match[1] ?? ''));
    }
  }
  return [];
}
