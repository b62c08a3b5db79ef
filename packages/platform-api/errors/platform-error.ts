/**
 * Every error that can reach a person: stable id and HTTP status. Ids are Heroku's where Heroku has one (cli-contract
 * 3.3, the API reference); the others are ours and documented in `docs/reference/errors.md`.
 */
export const ERRORS = {
  bad_request: 400,
  unauthorized: 401,
  delinquent: 402,
  forbidden: 403,
  suspended: 403,
  tls_required: 403,
  two_factor: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  conflict: 409,
  gone: 410,
  requested_range_not_satisfiable: 416,
  payload_too_large: 413,
  invalid_params: 422,
  verification_needed: 422,
  confirmation_required: 422,
  multiple_matches: 422,
  rate_limit: 429,
  internal_server_error: 500,
  not_implemented: 501,
  login_pending: 503,
  maintenance: 503,
  engine_unavailable: 503,
  exec_unavailable: 503,
  stack_not_found: 503,
  slug_not_found: 503,
  store_unavailable: 503,
  disk_full: 507,
} as const;

export type ErrorId = keyof typeof ERRORS;

export interface ErrorDetail {
  /** Where to read more. */
  readonly url?: string;
  /** Which kind of thing was not found: `app`, `release`, `add_on` … The CLI tests some of them. */
  readonly resource?: string;
  /** For programs: the taken column, the app's name … Never secret. */
  readonly params?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** The one error class. `message` is a full sentence that tells the person what to do. */
export class PlatformError extends Error {
  readonly id: ErrorId;
  readonly status: number;
  readonly url: string | undefined;
  readonly resource: string | undefined;
  readonly params: Readonly<Record<string, string>>;

  constructor(id: ErrorId, message: string, detail: ErrorDetail = {}) {
    super(message, { cause: detail.cause });
    this.name = 'PlatformError';
    this.id = id;
    this.status = ERRORS[id];
    this.url = detail.url;
    this.resource = detail.resource;
    this.params = detail.params ?? {};
  }

  /** The body that clients get. */
  toJSON(): { id: ErrorId; message: string; url?: string; resource?: string } {
    return {
      id: this.id,
      message: this.message,
      ...(this.url === undefined ? {} : { url: this.url }),
      ...(this.resource === undefined ? {} : { resource: this.resource }),
    };
  }
}

/** Whether an unknown thrown value is a PlatformError with this id. */
export function isPlatformError(error: unknown, id?: ErrorId): error is PlatformError {
  return error instanceof PlatformError && (id === undefined || error.id === id);
}
