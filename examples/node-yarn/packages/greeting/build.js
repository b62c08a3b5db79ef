import { mkdirSync, writeFileSync } from 'node:fs';
import ms from 'ms';

/** Shows that a devDependency is there during the build. */
mkdirSync('dist', { recursive: true });
writeFileSync('dist/index.js', `export const greeting = 'Hello from a workspace, ${ms('1 day')} ms a day.';\n`);
