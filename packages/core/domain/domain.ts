export interface Domain {
  readonly id: string;
  readonly appId: string;
  /** Lower case; may be a wildcard `*.example.com`. */
  readonly hostname: string;
  /** `heroku`: the app's default domain. */
  readonly kind: 'heroku' | 'custom';
  /** Target for DNS, shown to the person. */
  readonly cname: string | null;
  /** The certificate that is served for it; null: the platform's own. */
  readonly sniEndpointId: string | null;
  /** Where its automatic certificate stands; null when there is none to be had. */
  readonly acmStatus: AcmStatus | null;
  /** Why it stands there: a sentence for a person. */
  readonly acmStatusReason: string | null;
  /** Failed tries since the last success. */
  readonly acmFailures: number;
  /** Not before this moment is the next certificate asked for; null: at once. */
  readonly acmRetryAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Heroku's words, but for `ok`: `pending` not asked yet, `failing` will be tried again, `failed` waits for a person. */
export type AcmStatus = 'pending' | 'in-progress' | 'ok' | 'failing' | 'failed';

/** A domain without a certificate of its own. */
export const NO_CERTIFICATE = {
  sniEndpointId: null,
  acmStatus: null,
  acmStatusReason: null,
  acmFailures: 0,
  acmRetryAt: null,
} as const satisfies Partial<Domain>;
