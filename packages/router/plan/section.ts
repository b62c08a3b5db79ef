/** One section of the configuration; empty lines are left out. */
export function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.filter((line) => line !== '').map((line) => `  ${line}`)].join('\n');
}
