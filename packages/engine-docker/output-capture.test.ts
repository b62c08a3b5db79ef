import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { sampleSpec } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { DynoRecord } from './dyno-record.ts';
import { FloodRests } from './flood-rests.ts';
import { labelsOf, readLabels } from './labels.ts';
import type { Machine } from './machine.ts';
import { recoverOutput } from './output-capture.ts';

function frame(text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

test('when the engine cannot show its buffer, what the dyno writes meanwhile and later comes in', async () => {
  const attachment = new PassThrough();
  const buffer = Promise.withResolvers<never>();
  const texts: string[] = [];
  const machine = {
    api: { hijack: async () => attachment as unknown as Socket, stream: () => buffer.promise },
    feed: { push: ({ text }: { text: string }) => texts.push(text), safeOf: () => null },
    rests: new FloodRests(),
    now: Date.now,
  } as unknown as Machine;
  const record = new DynoRecord('c', readLabels(labelsOf(sampleSpec('image', { command: [] }), '0123456789ab', 7))!);
  const recovered = recoverOutput(machine, record, true);
  await expect.poll(() => record.attached).toBe(true);
  attachment.write(frame('meanwhile\n'));
  await expect.poll(() => record.seen?.tail).toEqual(['meanwhile']);
  buffer.reject(new Error('too slow'));
  await expect(recovered).rejects.toThrow('too slow');
  expect(texts).toEqual(['meanwhile']);
  attachment.write(frame('later\n'));
  await expect.poll(() => texts).toEqual(['meanwhile', 'later']);
});
