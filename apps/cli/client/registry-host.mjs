import http from 'node:http';
import https from 'node:https';

/** `registry.http://HOST:PORT` as the official CLI makes it out of HEROKU_HOST. */
const NAME = /^registry\.(https?:\/\/.+)$/;

for (const library of [http, https]) {
  const request = library.request;
  library.request = (options, ...rest) => request(withHost(options), ...rest);
}

function withHost(options) {
  const url = URL.parse(NAME.exec(options?.hostname ?? '')?.[1] ?? '');
  return url ? { ...options, hostname: url.hostname, host: url.hostname, servername: url.hostname } : options;
}
