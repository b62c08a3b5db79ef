/** The stack of apps that bring images of their own. */
export const CONTAINER_STACK = 'container';

export interface App {
  readonly id: string;
  readonly name: string;
  readonly ownerId: string;
  /** `heroku-24` or `container`. */
  readonly stack: string;
  /** Stack of the next build, when it was changed since the last one. */
  readonly buildStack: string;
  readonly maintenance: boolean;
  readonly locked: boolean;
  /** Certificates of custom domains are issued and renewed by the platform. */
  readonly acm: boolean;
  /** What the last build detected, for example `Node.js`. */
  readonly buildpackDescription: string | null;
  /** Bytes. */
  readonly repoSize: number | null;
  /** Bytes. */
  readonly slugSize: number | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly releasedAt: Date | null;
}

/**
 * Lower-case letters, digits and dashes, 3 to 30 characters, starts with a letter, does not end with a dash (the pattern of
 * the published schema, `app.name`).
 */
export const APP_NAME = /^[a-z][a-z0-9-]{1,28}[a-z0-9]$/;

export function isAppName(name: string): boolean {
  return APP_NAME.test(name);
}
