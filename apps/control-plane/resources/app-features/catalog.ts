import { PlatformError } from '@jangada/platform-api';

/** A switch that every app has. */
export interface FeatureOffer {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  /** `general` is listed by `heroku features`, `beta` by `heroku labs`. */
  readonly state: 'general' | 'beta';
  /** What it is as long as nobody touched the switch. */
  readonly byDefault: boolean;
}

export const FEATURES: readonly FeatureOffer[] = [
  {
    name: 'http-session-affinity',
    displayName: 'Session affinity',
    description: 'Send all requests of a browser to the same web dyno.',
    state: 'general',
    byDefault: false,
  },
  {
    name: 'preboot',
    displayName: 'Preboot',
    description: 'Start new web dynos and let them warm up before the old ones stop.',
    state: 'general',
    byDefault: false,
  },
  {
    name: 'runtime-heroku-exec',
    displayName: 'Heroku Exec',
    description: 'Open shells and tunnels into running dynos.',
    state: 'general',
    byDefault: true,
  },
  {
    name: 'log-runtime-metrics',
    displayName: 'Runtime metrics',
    description: 'Write memory and load of every dyno to the log.',
    state: 'beta',
    byDefault: false,
  },
  {
    name: 'runtime-dyno-metadata',
    displayName: 'Dyno metadata',
    description: 'Tell dynos about their app and release in HEROKU_* variables.',
    state: 'beta',
    byDefault: false,
  },
  {
    name: 'runtime-dyno-build-metadata',
    displayName: 'Build metadata',
    description: 'Tell dynos about the commit that they were built from in HEROKU_BUILD_* variables.',
    state: 'beta',
    byDefault: false,
  },
];

/** The feature with this name or id. Throws `not_found`. */
export function requireFeature(nameOrId: string, idOf: (name: string) => string): FeatureOffer {
  const feature = FEATURES.find((one) => one.name === nameOrId || idOf(one.name) === nameOrId);
  if (!feature) throw new PlatformError('not_found', "Couldn't find that feature.", { resource: 'feature' });
  return feature;
}
