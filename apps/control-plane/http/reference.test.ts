import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderCoverage, renderErrors } from './reference.ts';
import { everyRoute } from './testing/every-route.ts';

const reference = (name: string): Promise<string> =>
  readFile(join(import.meta.dirname, '../../../docs/reference', name), 'utf8');

test('the reference is up to date; `node apps/control-plane/http/write-reference.ts` writes it', async () => {
  expect(await reference('platform-api-coverage.md')).toBe(renderCoverage(everyRoute()));
  expect(await reference('errors.md')).toBe(renderErrors());
});
