import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { App, AppPermission } from '@jangada/core';
import type { AcceptedVersion } from '@jangada/platform-api';
import type { Static, TSchema } from 'typebox';
import type { Actor } from '../auth/authenticate.ts';
import type { Context } from '../context.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** How the client addresses this server, for the URLs that it is given: `{ scheme: 'http', host: '127.0.0.1:5000' }`. */
export interface Origin {
  readonly scheme: 'http' | 'https';
  readonly host: string;
}

/** A request that anybody may make. */
export interface PublicCall<Body = unknown> {
  readonly context: Context;
  readonly origin: Origin;
  /** Address of the client's end of the connection. */
  readonly address: string;
  readonly accept: AcceptedVersion;
  readonly headers: IncomingHttpHeaders;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: Body;
  /** Aborts when the client goes away. */
  readonly gone: AbortSignal;
}

/** A request of a known account. */
export interface AccountCall<Body = unknown> extends PublicCall<Body> {
  readonly actor: Actor;
  /** API requests that the account may still make now. */
  readonly rateLimitRemaining: number;
}

/** A request about one app, which the actor may make. */
export interface AppCall<Body = unknown> extends AccountCall<Body> {
  readonly app: App;
}

/** Who may make a request: anybody, any account, or who has a permission on the app of the path. */
export type Access = 'public' | 'account' | AppPermission;

/** One operation of the API. Made by `publicRoute`, `accountRoute` and `appRoute`. */
export interface Route {
  readonly method: Method;
  /** `/apps/:app/config-vars` */
  readonly path: string;
  readonly access: Access;
  readonly body: TSchema | null;
  /** Status of a success. */
  readonly status: number;
  /** Answers with something else than JSON, so that `Accept` is not looked at. */
  readonly stream: boolean;
  /** The body is not read before the use case does it. */
  readonly upload?: boolean;
  readonly handle: (call: never) => Promise<unknown>;
}

interface Declaration<Call, Body extends TSchema> {
  readonly method: Method;
  readonly path: string;
  /** Shape of the body; without it the body is ignored. */
  readonly body?: Body;
  /** Default 200. */
  readonly status?: number;
  readonly stream?: boolean;
  /** What it returns is sent as JSON; a `Page` as a ranged list; a `StreamReply` as it is. */
  handle(call: Call): Promise<unknown>;
}

/** An operation that needs no credentials, or looks at them itself. */
export function publicRoute<Body extends TSchema>(route: Declaration<PublicCall<Static<Body>>, Body>): Route {
  return { access: 'public', body: null, status: 200, stream: false, ...route };
}

/** Takes a body of any kind and size, as it comes. Its address is the permission. */
export function uploadRoute(route: Omit<Declaration<PublicCall<Readable>, TSchema>, 'body' | 'stream'>): Route {
  return { access: 'public', body: null, status: 200, stream: true, upload: true, ...route };
}

/** An operation that needs an account. */
export function accountRoute<Body extends TSchema>(route: Declaration<AccountCall<Static<Body>>, Body>): Route {
  return { access: 'account', body: null, status: 200, stream: false, ...route };
}

/** An operation on the app named by `:app` in the path, for which `permission` is needed. */
export function appRoute<Body extends TSchema>(
  route: Declaration<AppCall<Static<Body>>, Body> & { readonly permission: AppPermission },
): Route {
  const { permission, ...rest } = route;
  return { access: permission, body: null, status: 200, stream: false, ...rest };
}

/** An answer that is not JSON. */
export class StreamReply {
  readonly contentType: string;
  readonly chunks: AsyncIterable<Uint8Array | string>;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    contentType: string,
    chunks: AsyncIterable<Uint8Array | string>,
    options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    this.contentType = contentType;
    this.chunks = chunks;
    this.status = options.status ?? 200;
    this.headers = options.headers ?? {};
  }
}
