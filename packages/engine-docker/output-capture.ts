import type { Socket } from 'node:net';
import { LineSplitter, type LogLine, logTime } from '@jangada/core';
import { DynoOutput } from './dyno-output.ts';
import type { DynoRecord } from './dyno-record.ts';
import { FrameReader, type OutputStream } from './frames.ts';
import type { Machine } from './machine.ts';
import { Overlap } from './overlap.ts';
import { type BufferedLine, countSafe, type SafeOutput } from './resume-point.ts';

/** How far the engine's buffer is read before the last safe line, for clocks and batches. */
const LOOK_BACK_MS = 2_000;
/** `2006-01-02T15:04:05.000000000Z ` in front of each buffered message. */
const STAMP_LENGTH = 31;
/** Texts remembered to find the place again in the engine's buffer. */
const TAIL = 8;

/** The raw connection that carries what a container writes; open it before the start so that no line is lost. */
export function attachOutput(machine: Machine, containerId: string): Promise<Socket> {
  return machine.api.hijack(`/containers/${containerId}/attach?stream=1&stdout=1&stderr=1`);
}

/** Sends everything that comes over the connection to the feed; a dyno that floods is read at its pace (`DynoOutput.restMs`). */
export function captureOutput(machine: Machine, record: DynoRecord, socket: Socket): void {
  follow(machine, record, socket, { push: (line) => machine.feed.push(line), end: () => undefined });
}

/**
 * Takes up the output of a dyno whose attachment broke, or that an earlier agent started (engine 5): attaches, reads the
 * engine's crash buffer once from the last line that came in (or that the feed's reader has safe), and leaves out what comes
 * over the attachment and was in that, also when it comes later than this resolves.
 * Rejects when the buffer cannot be read: then its lines are missing, and those of the attachment come all the same.
 */
export async function recoverOutput(machine: Machine, record: DynoRecord, running: boolean): Promise<void> {
  const { appId, name } = record.labels;
  const safe = record.seen ?? machine.feed.safeOf({ appId, ps: name });
  const live = new Overlap<LogLine>((line) => machine.feed.push(line));
  // What the engine has logged before, by the same clock, cannot come over the attachment, though it may say the same.
  const askedAt = Date.now();
  if (running) follow(machine, record, await attachOutput(machine, record.containerId), live);
  else live.end();
  let logged: readonly BufferedLine[] = [];
  try {
    const buffered = await readBuffer(machine, record.containerId, safe);
    const missed = buffered.slice(countSafe(buffered, safe));
    const line = ({ text, at }: BufferedLine): LogLine => ({ appId, at: logTime(at), source: 'app', ps: name, text });
    for (const one of missed) machine.feed.push(line(one));
    logged = buffered.filter(({ at }) => at >= askedAt);
  } finally {
    // Also when the buffer cannot be read: the dyno goes on writing.
    live.compare(logged.map(({ text }) => text));
  }
}

/** Takes lines one by one. */
interface LineSink {
  push(line: LogLine): void;
  /** There are no more. */
  end(): void;
}

function follow(machine: Machine, record: DynoRecord, socket: Socket, sink: LineSink): void {
  const { now } = machine;
  const tail: string[] = [];
  const output = new DynoOutput({
    appId: record.labels.appId,
    ps: record.labels.name,
    now,
    push: (line) => {
      if (tail.push(line.text) > TAIL) tail.shift();
      sink.push(line);
    },
  });
  const frames = new FrameReader((stream, payload) => output.write(stream, payload));
  record.attached = true;
  record.drained = new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      frames.push(chunk);
      record.seen = { at: now(), tail };
      machine.rests.rest(socket, output.restMs);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      output.end();
      sink.end();
      record.attached = false;
      resolve();
    });
  });
}

async function readBuffer(machine: Machine, containerId: string, safe: SafeOutput | null): Promise<BufferedLine[]> {
  const since = safe === null ? '' : `&since=${((safe.at - LOOK_BACK_MS) / 1000).toFixed(3)}`;
  const path = `/containers/${containerId}/logs?stdout=1&stderr=1&timestamps=1${since}`;
  const response = await machine.api.stream(path, AbortSignal.timeout(10_000));
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return readBufferedLines(Buffer.concat(chunks));
}

/** The lines of a `logs?timestamps=1` answer. The engine cuts lines above 16 KB into several messages. */
export function readBufferedLines(answer: Buffer): BufferedLine[] {
  const lines: BufferedLine[] = [];
  let at = 0;
  const splitterOf = (stream: OutputStream): LineSplitter =>
    new LineSplitter((text) => lines.push({ stream, text, at }));
  const splitters = { stdout: splitterOf('stdout'), stderr: splitterOf('stderr') };
  new FrameReader((stream, message) => {
    at = epochMs(message.subarray(0, STAMP_LENGTH - 1).toString('latin1'));
    splitters[stream].push(message.subarray(STAMP_LENGTH));
  }).push(answer);
  splitters.stdout.end();
  splitters.stderr.end();
  return lines;
}

/** A time stamp with nanoseconds as milliseconds with fractions. */
function epochMs(stamp: string): number {
  return Date.parse(`${stamp.slice(0, 19)}Z`) + Number(`0${stamp.slice(19, -1)}`) * 1000;
}
