import type { ConformanceCase } from './case.ts';
import { gorouterConnections, gorouterRequests, gorouterRetries } from './gorouter.ts';
import { kamalBuffers, kamalDeploy, kamalPause } from './kamal-proxy.ts';
import { vegurBodyless, vegurConnections, vegurLarge } from './vegur-bodies.ts';
import { vegurChunked, vegurHttp10 } from './vegur-chunked.ts';
import { vegurContinue, vegurHeaders } from './vegur-exchange.ts';
import { vegurProxyHeaders, vegurRequests } from './vegur-requests.ts';

/** Every case, in the order of the reference. */
export const CASES: readonly ConformanceCase[] = [
  vegurContinue,
  vegurHeaders,
  vegurHttp10,
  vegurChunked,
  vegurBodyless,
  vegurLarge,
  vegurConnections,
  vegurRequests,
  vegurProxyHeaders,
  kamalDeploy,
  kamalPause,
  kamalBuffers,
  gorouterRetries,
  gorouterConnections,
  gorouterRequests,
].flat();
