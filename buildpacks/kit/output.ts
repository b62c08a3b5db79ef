import { BuildError } from './build-error.ts';

/** A step of the build. */
export function heading(text: string): void {
  process.stdout.write(`-----> ${text}\n`);
}

/** Something about the step. */
export function detail(text: string): void {
  process.stdout.write(`       ${text}\n`);
}

/** Something a person should see to, though the build goes on. */
export function warning(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => ` !     ${line}\n`).join(''));
}

/** Runs a buildpack's compile; a BuildError is shown to the person and fails the build. */
export async function runCompile(compile: () => Promise<void>): Promise<void> {
  try {
    await compile();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    process.stdout.write(`\n${error.lines.map((line) => ` !     ${line}\n`).join('')}\n`);
    process.exitCode = 1;
  }
}

/** A text in single quotes, for scripts that a shell reads. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
