import { expect, test } from 'vitest';
import { DYNO_SIZES } from './size.ts';
import { readSizes, sizeTable } from './size-table.ts';

const MiB = 2 ** 20;
const read = (sizes: unknown) => sizeTable(readSizes(JSON.stringify(sizes)));

test('without a file the sizes are those of Heroku', () => {
  expect(sizeTable().all).toEqual(DYNO_SIZES);
  expect(sizeTable().limitsOf('performance-m')).toEqual({
    memoryQuota: 2560 * MiB,
    memoryLimit: 5120 * MiB,
    cpuShares: 3072,
    cpus: null,
    pids: 16_384,
    diskBytes: 16_384 * MiB,
  });
  expect([...sizeTable().sleepy]).toEqual(['Eco']);
});

test('an operator changes, adds and takes out sizes', () => {
  const sizes = read({
    basic: { memory: '1G' },
    Tiny: { memory: '256M', cpus: 0.5, cpu_share: 0.5, pids: 64, kill_factor: 1.5, max_per_type: 4, sleeps: true },
    'Performance-2XL': null,
  });
  expect(sizes.find('BASIC')).toMatchObject({ name: 'Basic', memoryQuota: 1024 * MiB, killFactor: 5 });
  expect(sizes.limitsOf('tiny')).toEqual({
    memoryQuota: 256 * MiB,
    memoryLimit: 384 * MiB,
    cpuShares: 128,
    cpus: 0.5,
    pids: 64,
    diskBytes: 4_096 * MiB,
  });
  expect(sizes.find('Performance-2XL')).toBeNull();
  expect(sizes.sleepy).toEqual(new Set(['Eco', 'Tiny']));
  expect(sizes.all).toHaveLength(DYNO_SIZES.length);
});

test('dynos on a size that was taken out get the limits of the default size', () => {
  const sizes = read({ Basic: { memory: '1G' }, Eco: null });
  expect(sizes.limitsOf('Eco').memoryQuota).toBe(1024 * MiB);
});

test.each([
  ['{', 'It is not JSON'],
  ['[]', 'The file must be an object'],
  ['{"Tiny": 5}', 'Tiny must be an object'],
  ['{"Tiny": {}}', 'Tiny needs a memory'],
  ['{"Tiny": {"memory": 512}}', 'memory of Tiny must be such as "512M"'],
  ['{"Tiny": {"memory": "1M"}}', 'at least "16M"'],
  ['{"Tiny": {"memory": "1G", "pids": 0}}', 'pids of Tiny must be a number from 16 to 1000000, not 0'],
  ['{"Tiny": {"memory": "1G", "pids": 20.5}}', 'pids of Tiny must be a whole number'],
  ['{"Tiny": {"memory": "1G", "cpu": 1}}', 'Tiny has no field "cpu"'],
  ['{"Tiny": {"memory": "1G", "sleeps": "yes"}}', 'sleeps of Tiny must be true or false'],
  ['{"a b": {"memory": "1G"}}', '"a b" cannot be the name of a size'],
  ['{"Tiny": {"memory": "1G", "disk": "lots"}}', 'disk of Tiny must be such as "512M"'],
  ['{"Huge": null}', 'There is no size Huge'],
  ['{"basic": null}', 'cannot be taken out'],
])('%s is refused with what is wrong', (text, reason) => {
  expect(() => readSizes(text)).toThrow(reason);
});
