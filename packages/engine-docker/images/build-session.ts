import { performServerHandshake, type ServerHttp2Stream } from 'node:http2';
import type { DockerApi } from '../docker-api.ts';
import { readMessage, writeMessage } from './protobuf.ts';

const GET_SECRET = '/moby.buildkit.secrets.v1.Secrets/GetSecret';
const HEALTH = '/grpc.health.v1.Health/Check';

/** gRPC's codes. */
const NOT_FOUND = 5;
const UNIMPLEMENTED = 12;
/** grpc.health.v1: SERVING. */
const SERVING = 1;

/** Longest question in bytes; a secret's name is all there is in one. */
const MAX_QUESTION = 16 * 1024;

/**
 * What BuildKit asks of whoever builds, over a connection on which the engine is the client (gRPC): here the secrets of this
 * build, and nothing of this machine's files. The build names it by `id`.
 */
export async function openBuildSession(
  api: DockerApi,
  id: string,
  secrets: Readonly<Record<string, string>>,
): Promise<{ close(): void }> {
  const socket = await api.session({
    'x-docker-expose-session-uuid': id,
    'x-docker-expose-session-name': 'jangada',
    'x-docker-expose-session-sharedkey': '',
    'x-docker-expose-session-grpc-method': [GET_SECRET, HEALTH],
  });
  socket.on('error', () => undefined);
  const session = performServerHandshake(socket);
  session.on('error', () => undefined);
  session.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    void answer(stream, String(headers[':path']), secrets).catch(() => stream.destroy());
  });
  return {
    close() {
      session.destroy();
      socket.destroy();
    },
  };
}

async function answer(
  stream: ServerHttp2Stream,
  path: string,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const question = await readQuestion(stream);
  if (path === HEALTH) return reply(stream, writeMessage(1, SERVING));
  if (path !== GET_SECRET) return refuse(stream, UNIMPLEMENTED, 'not offered');
  const name = readMessage(question).text(1);
  const secret = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (secret === undefined) return refuse(stream, NOT_FOUND, `secret ${encodeURIComponent(name)} not found`);
  reply(stream, writeMessage(1, Buffer.from(secret)));
}

/** A frame is a flag, the length in four bytes, and the message. */
async function readQuestion(stream: ServerHttp2Stream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_QUESTION) throw new Error('The question is too long.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).subarray(5);
}

function reply(stream: ServerHttp2Stream, message: Buffer): void {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(Buffer.concat([head, message]));
}

function refuse(stream: ServerHttp2Stream, status: number, message: string): void {
  const trailers = { 'grpc-status': String(status), 'grpc-message': message };
  stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...trailers }, { endStream: true });
}
