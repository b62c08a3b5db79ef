import { type LookupAddress, lookup } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { presentableUrl } from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';
import { isPublicAddress } from './public-address.ts';

/** Milliseconds without a byte after which a download has failed. */
const IDLE_MS = 30_000;

const MAX_REDIRECTS = 5;

export interface DownloadOptions {
  readonly signal: AbortSignal;
  /** Whether a connection to this IP address may be opened. Default: addresses of the public internet. */
  readonly mayReach?: (address: string) => boolean;
  /** Hosts of the operator, in lower case, that may be reached whatever their address is. Default: none. */
  readonly trustedHosts?: readonly string[];
  /** What to do when it may not. Default: to upload the archive. */
  readonly advice?: string;
}

/**
 * Opens what an http(s) URL gives. Redirects are followed, five at most; every address is checked as the connection is made,
 * so that no name leads to where it should not. Throws `invalid_params` with what is wrong, without secrets of the URL.
 */
export async function download(url: string, options: DownloadOptions): Promise<Readable> {
  let at = requireWebUrl(url);
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const { response, status, location } = await ask(at, options);
    if (status === 200) return response;
    response.resume();
    if (status < 300 || status > 399 || location === undefined) {
      throw failed(at, `The server answers with status ${status}.`);
    }
    at = requireWebUrl(new URL(location, at).href);
  }
  throw failed(at, `There are more than ${MAX_REDIRECTS} redirects.`);
}

interface Answer {
  readonly response: Readable;
  readonly status: number;
  readonly location: string | undefined;
}

function ask(url: URL, options: DownloadOptions): Promise<Answer> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const { signal, trustedHosts = [] } = options;
  const mayReach = trustedHosts.includes(host) ? () => true : (options.mayReach ?? isPublicAddress);
  if (isIP(host) !== 0 && !mayReach(host)) return Promise.reject(forbidden(url, options.advice));
  const checked: LookupFunction = (name, wanted, done) => {
    lookup(name, { ...wanted, all: true }, (error, addresses: LookupAddress[]) => {
      const [first] = addresses ?? [];
      if (error || !first) return done(error ?? new Error('no address'), []);
      if (!addresses.every(({ address }) => mayReach(address))) return done(forbidden(url, options.advice), []);
      return wanted.all ? done(null, addresses) : done(null, first.address, first.family);
    });
  };
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const asked = request(url, { lookup: checked, signal, agent: false, headers: { 'user-agent': 'Jangada' } });
    asked.setTimeout(IDLE_MS, () => asked.destroy(failed(url, 'The server does not answer.')));
    asked.once('error', (error) => reject(isPlatformError(error) ? error : failed(url, reasonOf(error))));
    asked.once('response', (response) =>
      resolve({ response, status: response.statusCode ?? 0, location: response.headers.location }),
    );
    asked.end();
  });
}

function requireWebUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new PlatformError('invalid_params', 'The URL of the source must begin with http:// or https://.');
}

function forbidden(url: URL, advice = 'Upload the archive instead: POST /sources.'): PlatformError {
  return failed(url, `Its address is not one of the public internet. ${advice}`);
}

function failed(url: URL, why: string): PlatformError {
  return new PlatformError('invalid_params', `${presentableUrl(url.href)} cannot be downloaded. ${why}`);
}

function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ENOTFOUND') return 'There is no server of that name.';
  if (code === 'ECONNREFUSED') return 'The server refuses the connection.';
  return `${error.message}.`;
}
