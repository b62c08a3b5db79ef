import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { PlatformError } from '@jangada/platform-api';

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * A custom domain in its one form: lower case, international names in ASCII, no dot at the end. `*.` may stand in front.
 * Names below `platformDomain` are given out with apps and refused. Throws `invalid_params`.
 */
export function readHostname(text: string, platformDomain: string): string {
  const trimmed = text.trim().replace(/\.$/, '');
  const wildcard = trimmed.startsWith('*.');
  const bare = wildcard ? trimmed.slice(2) : trimmed;
  const ascii = /[\s/:@*]/.test(bare) ? '' : domainToASCII(bare);
  const labels = ascii.split('.');
  const wellFormed = ascii.length <= 251 && labels.length > 1 && labels.every((label) => LABEL.test(label));
  if (!wellFormed || isIP(ascii) !== 0) {
    throw new PlatformError(
      'invalid_params',
      `"${text.slice(0, 100)}" is not a domain name. Give one such as www.example.com or *.example.com, without scheme or port.`,
    );
  }
  if (ascii === platformDomain || ascii.endsWith(`.${platformDomain}`)) {
    throw new PlatformError(
      'invalid_params',
      `Names below ${platformDomain} belong to the platform. Rename the app to change its default domain.`,
    );
  }
  return wildcard ? `*.${ascii}` : ascii;
}
