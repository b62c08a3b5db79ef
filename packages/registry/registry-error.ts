import type { ServerResponse } from 'node:http';
import { isPlatformError } from '@jangada/platform-api';

/** Codes of the distribution-spec ("Error codes") and their HTTP statuses. */
const STATUSES = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_UNKNOWN: 404,
  RANGE_INVALID: 416,
  SIZE_INVALID: 413,
  UNAUTHORIZED: 401,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
} as const;

export type RegistryErrorCode = keyof typeof STATUSES;

/** An answer of the registry other than success. The client shows the message. */
export class RegistryError extends Error {
  readonly code: RegistryErrorCode;

  constructor(code: RegistryErrorCode, message: string) {
    super(message);
    this.name = 'RegistryError';
    this.code = code;
  }
}

/** Answers with an error, unless an answer is under way. Returns whether it was one of ours to know of. */
export function sendError(response: ServerResponse, error: unknown): boolean {
  const known = registryErrorOf(error);
  const { code, message } = known ?? new RegistryError('UNKNOWN', 'Something went wrong on our side. Try again.');
  if (response.headersSent) {
    response.destroy();
    return known !== null;
  }
  response.writeHead(STATUSES[code], {
    'content-type': 'application/json',
    // What is still coming of the request is not read.
    connection: 'close',
    ...(code === 'UNAUTHORIZED' ? { 'www-authenticate': 'Basic realm="Jangada"' } : {}),
  });
  // The message on its own is for the Heroku CLI, which asks for manifests itself.
  response.end(JSON.stringify({ errors: [{ code, message }], message }));
  return known !== null;
}

/** Clients show the message of a refusal, and only the number of a failure: what a person should read is a refusal. */
function registryErrorOf(error: unknown): RegistryError | null {
  if (error instanceof RegistryError) return error;
  if (!isPlatformError(error)) return null;
  if (error.id === 'unauthorized') return new RegistryError('UNAUTHORIZED', error.message);
  return error.id === 'internal_server_error' ? null : new RegistryError('DENIED', error.message);
}
