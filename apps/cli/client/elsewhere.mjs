import https from 'node:https';
import { Socket } from 'node:net';

/**
 * Loaded into the official CLI on another computer than the platform's (docs/decisions/0086). The CLI gives its token to
 * 127.0.0.1 and to Heroku's domains only, so HEROKU_HOST is an address of the former kind at which nobody listens. What is
 * meant for it or for a host of Heroku's goes to the platform instead, over TLS that is good for the platform's own name.
 * ps:exec, which knows no other port than 80, goes to the platform's port.
 */
const platform = new URL(`https://${process.env.HEROKU_GIT_HOST}`);
const standIn = new URL(process.env.HEROKU_HOST);
const to = { host: platform.hostname.replace(/^\[|\]$/g, ''), port: platform.port || 443 };
const HEROKU = /(^|\.)(heroku|herokai|herokuspace|herokudev)\.com$/;

const { request } = https;
https.request = (options, ...rest) => request(isForPlatform(options) ? forPlatform(options) : options, ...rest);

function isForPlatform({ host, hostname = host, port }) {
  return HEROKU.test(hostname) || (hostname === standIn.hostname && String(port) === standIn.port);
}

/** Without the agent, which could only be one of a proxy. */
function forPlatform({ agent, hostname, ...options }) {
  return { ...options, ...to, headers: { ...options.headers, host: platform.host } };
}

const { connect } = Socket.prototype;
Socket.prototype.connect = function (options, ...rest) {
  const isExec = options?.host === process.env.JANGADA_EXEC_HOST && options.port === 80;
  return connect.call(this, isExec ? { ...options, ...to } : options, ...rest);
};
