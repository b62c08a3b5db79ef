import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { PlatformError } from '@jangada/platform-api';

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** What means something in a URL beside a host name: Node would read it as such. */
const NO_HOST = /[\s/:@*%?#\\[\]]|\p{Cc}/u;

/** One form for every way to write a name: lower case, international names in ASCII, no dot at the end. Null when it is none. */
export function normalHostname(text: string): string | null {
  const trimmed = text.trim().replace(/\.$/, '');
  const wildcard = trimmed.startsWith('*.');
  const bare = wildcard ? trimmed.slice(2) : trimmed;
  const ascii = NO_HOST.test(bare) ? '' : domainToASCII(bare);
  const labels = ascii.split('.');
  const wellFormed = ascii.length <= 251 && labels.length > 1 && labels.every((label) => LABEL.test(label));
  if (!wellFormed || isIP(ascii) !== 0) return null;
  return wildcard ? `*.${ascii}` : ascii;
}

/**
 * A custom domain in its one form. `*.` may stand in front. Names of the platform are given out with apps and refused, and so
 * is a wildcard that would take `platformDomain` itself. Throws `invalid_params`.
 */
export function readHostname(text: string, platformDomain: string): string {
  const hostname = normalHostname(text);
  if (hostname === null) {
    throw new PlatformError(
      'invalid_params',
      `"${text.slice(0, 100)}" is not a domain name. Give one such as www.example.com or *.example.com, without scheme or port.`,
    );
  }
  const below = `.${hostname}`.endsWith(`.${platformDomain}`);
  if (below || hostname === wildcardAbove(platformDomain)) {
    throw new PlatformError(
      'invalid_params',
      `Names below ${platformDomain} belong to the platform. Rename the app to change its default domain.`,
    );
  }
  return hostname;
}

/** The wildcard that covers a name: `*.example.com` for `www.example.com`. */
export function wildcardAbove(hostname: string): string {
  return hostname.replace(/^[^.]+/, '*');
}
