export interface Domain {
  readonly id: string;
  readonly appId: string;
  /** Lower case; may be a wildcard `*.example.com`. */
  readonly hostname: string;
  /** `heroku`: the app's default domain. */
  readonly kind: 'heroku' | 'custom';
  /** Target for DNS, shown to the person. */
  readonly cname: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
