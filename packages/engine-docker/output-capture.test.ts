import type { Socket } from 'node:net';
import { PassThrough, Readable } from 'node:stream';
import { sampleSpec } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { DynoRecord } from './dyno-record.ts';
import { FloodRests } from './flood-rests.ts';
import { labelsOf, readLabels } from './labels.ts';
import type { Machine } from './machine.ts';
import { recoverOutput } from './output-capture.ts';

/** What the engine sends of something that a dyno wrote to its standard output. */
function frame(text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** A message of the engine's buffer, logged so many milliseconds from now. */
function logged(text: string, after: number): Buffer {
  const time = new Date(Date.now() + after).toISOString().slice(0, -1);
  return frame(`${time}999999Z ${text}\n`);
}

/** An engine that shows what `readBuffer` gives when it is asked for its buffer, and a dyno whose output is recovered from it. */
function setUp(readBuffer: () => Promise<Readable>) {
  const attachment = new PassThrough();
  const texts: string[] = [];
  const machine = {
    api: { hijack: async () => attachment as unknown as Socket, stream: readBuffer },
    feed: { push: ({ text }: { text: string }) => texts.push(text), safeOf: () => null },
    rests: new FloodRests(),
    now: Date.now,
  } as unknown as Machine;
  const record = new DynoRecord('c', readLabels(labelsOf(sampleSpec('image', { command: [] }), '0123456789ab', 7))!);
  return { attachment, texts, record, recover: () => recoverOutput(machine, record, true) };
}

test('when the engine cannot show its buffer, what the dyno writes meanwhile and later comes in', async () => {
  const buffer = Promise.withResolvers<never>();
  const { attachment, texts, record, recover } = setUp(() => buffer.promise);
  const recovered = recover();
  await expect.poll(() => record.attached).toBe(true);
  attachment.write(frame('meanwhile\n'));
  await expect.poll(() => record.seen?.tail).toEqual(['meanwhile']);
  buffer.reject(new Error('too slow'));
  await expect(recovered).rejects.toThrow('too slow');
  expect(texts).toEqual(['meanwhile']);
  attachment.write(frame('later\n'));
  await expect.poll(() => texts).toEqual(['meanwhile', 'later']);
});

test('lines that the engine has logged, and sends only later than it shows its buffer, are told once', async () => {
  const buffer = async () => Readable.from([logged('before', -1_000), logged('one', 0), logged('two', 0)]);
  const { attachment, texts, recover } = setUp(buffer);
  await recover();
  expect(texts).toEqual(['before', 'one', 'two']);
  attachment.write(frame('one\n'));
  attachment.write(frame('two\nthree\n'));
  await expect.poll(() => texts).toEqual(['before', 'one', 'two', 'three']);
});

test('a dyno that repeats a line keeps each of them', async () => {
  const buffer = async () => Readable.from([logged('tick', -20), logged('tick', -10), logged('tick', 0)]);
  const { attachment, texts, recover } = setUp(buffer);
  await recover();
  attachment.write(frame('tick\n'));
  attachment.write(frame('tick\ntick\nend\n'));
  await expect.poll(() => texts).toEqual(['tick', 'tick', 'tick', 'tick', 'tick', 'end']);
});

test('a last word that the dyno has said before comes in before its end', async () => {
  const { attachment, texts, record, recover } = setUp(async () => Readable.from([logged('one', 0), logged('two', 0)]));
  await recover();
  attachment.end(frame('one\n'));
  await record.drained;
  expect(texts).toEqual(['one', 'two', 'one']);
});
