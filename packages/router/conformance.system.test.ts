import { afterAll, beforeAll, describe, test } from 'vitest';
import { CASES } from './testing/conformance/cases.ts';
import { startWorld, type World } from './testing/conformance/world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const titled = CASES.filter((each) => each.run !== undefined).map((each) => ({
  ...each,
  title: each.differs === undefined ? each.name : `differs from: ${each.name}`,
}));

describe.each([...new Set(titled.map((each) => `${each.suite}: ${each.group}`))])('%s', (group) => {
  test.concurrent.each(titled.filter((each) => `${each.suite}: ${each.group}` === group))('$title', async ({ run }) => {
    await run!(world);
  });
});
