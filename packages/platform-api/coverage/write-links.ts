import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { linksOf, readPublishedSchema } from './read-schema.ts';

// Run by hand when the published schema changed: `node packages/platform-api/coverage/write-links.ts`.
const schema = await readPublishedSchema();
if (!schema) throw new Error('The published schema is not beside this repository (shared/spec/schemas).');
const lines = linksOf(schema).map((link) => `  ${JSON.stringify(link)}`);
await writeFile(join(import.meta.dirname, 'links.json'), `[\n${lines.join(',\n')}\n]\n`);
