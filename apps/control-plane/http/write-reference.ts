import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderCoverage, renderErrors } from './reference.ts';
import { everyRoute } from './testing/every-route.ts';

// Run by hand after routes or errors changed: `node apps/control-plane/http/write-reference.ts`.
const folder = join(import.meta.dirname, '../../../docs/reference');
await writeFile(join(folder, 'platform-api-coverage.md'), renderCoverage(everyRoute()));
await writeFile(join(folder, 'errors.md'), renderErrors());
