import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderConformance } from './reference.ts';

const REFERENCE = join(import.meta.dirname, '../../../../docs/reference/router-conformance.md');

test('the table of the reference is up to date; `vitest run --project unit packages/router -u` writes it', async () => {
  await expect(renderConformance()).toMatchFileSnapshot(REFERENCE);
});
