import { PlatformError } from '@jangada/platform-api';
import { coerce, maxSatisfying, rcompare, type SemVer, validRange } from 'semver';

/** A version that can be had. */
export interface Offer {
  /** As its maker writes it: `3.13.5`, `21.0.9+10`, `2024.0.1`. */
  readonly version: string;
  /** `operator`: put there by the operator, so it comes before the same version of the stack. */
  readonly origin: 'operator' | 'stack';
}

/**
 * The highest offer within a range in the form of semver (`3.13`, `>=8.2 <9`); null takes the stack's first, else the highest.
 * Throws `invalid_params` with what there is and how to add one.
 */
export function chooseRuntime<Choice extends Offer>(
  what: { readonly runtime: string; readonly title: string },
  range: string | null,
  offers: readonly Choice[],
): Choice {
  const ranked = offers
    .map((offer) => ({ offer, number: numberOf(offer.version) }))
    .sort((a, b) => Number(a.offer.origin === 'stack') - Number(b.offer.origin === 'stack'));
  const numbers = ranked.map(({ number }) => number);
  const wanted = range === null || range.trim() === '' ? null : validRange(range);
  const chosen =
    range === null || range.trim() === ''
      ? (ranked.find(({ offer }) => offer.origin === 'stack') ??
        ranked.toSorted((a, b) => rcompare(a.number, b.number))[0])
      : ranked.find(({ number }) => wanted !== null && number === maxSatisfying(numbers, wanted));
  if (chosen) return chosen.offer;
  const there = [...new Set(offers.map(({ version }) => version))].join(', ');
  throw new PlatformError(
    'invalid_params',
    `${range === null ? `There is no ${what.title} on this server` : `No ${what.title} on this server matches "${range.slice(0, 100)}"`}. ` +
      `${there === '' ? 'It has none' : `It has ${there}`}. The operator can add one: ${what.runtime}-<version>.tar.gz ` +
      'in the runtimes folder of the platform’s home, or on the mirror JANGADA_RUNTIME_MIRROR.',
  );
}

/** Debian's upstream versions are no semver everywhere: `8.4.16`, `21.0.9+10`, `2.1.2+dfsg`, `3.9`. */
function numberOf(version: string): SemVer {
  return coerce(version) ?? (coerce('0.0.0') as SemVer);
}
