import { sampleSpec } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { adoptContainer } from './adoption.ts';
import { DockerError } from './docker-api.ts';
import type { ContainerSummary } from './docker-shapes.ts';
import { DynoRecord } from './dyno-record.ts';
import { labelsOf, readLabels } from './labels.ts';
import type { Machine } from './machine.ts';

const spec = sampleSpec('image', { command: [], captureOutput: false });
const labels = labelsOf(spec, '0123456789ab', 7);

/** A machine whose engine has no container any more. */
function emptied(...records: readonly DynoRecord[]): Machine {
  const gone = async (): Promise<never> => {
    throw new DockerError(404, 'No such container');
  };
  return {
    installId: '0123456789ab',
    api: { call: gone, stream: gone },
    records: new Map(records.map((record) => [record.labels.dynoId, record])),
    hub: { emit: () => undefined },
    report: () => undefined,
  } as unknown as Machine;
}

/** As a listing said that was asked for before the container was removed. */
const listed: ContainerSummary = { Id: 'gone', State: 'running', Labels: labels };

test('a container that was removed since it was listed leaves no record', async () => {
  const machine = emptied();
  const both = await Promise.all([adoptContainer(machine, listed), adoptContainer(machine, listed)]);
  expect(both).toEqual([null, null]);
  expect(machine.records.size).toBe(0);
});

test('a container that was removed since it was listed takes no record of its dyno’s next one away', async () => {
  const next = new DynoRecord('next', readLabels(labels)!);
  const machine = emptied(next);
  expect(await adoptContainer(machine, listed)).toBeNull();
  expect(machine.records.get(spec.dynoId)).toBe(next);
});

test('a dyno that was known and whose container is gone has ended', async () => {
  const known = new DynoRecord('gone', readLabels(labels)!);
  const machine = emptied(known);
  expect(await adoptContainer(machine, listed)).toBe(known);
  expect(known.exit).toMatchObject({ code: null });
});
