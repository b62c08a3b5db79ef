import { mkdirSync, writeFileSync } from 'node:fs';
import ms from 'ms';

/** Shows that a devDependency is there during the build. */
mkdirSync('dist', { recursive: true });
writeFileSync('dist/index.js', `export const shout = (text) => text.toUpperCase() + '!'.repeat(${ms('3ms')});\n`);
