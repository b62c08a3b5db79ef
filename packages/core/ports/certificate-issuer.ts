import type { CertificatePair } from '../sni-endpoint/certificate.ts';

/** A certificate authority that gives certificates to whoever shows that a name leads to them. */
export interface CertificateIssuer {
  /**
   * A new certificate, with a new key, for one name (no wildcard). Takes seconds to minutes. Throws `rate_limit` when the
   * authority wants to be asked later (`params.retryAfter`: seconds, when it says), else `conflict` with what it said, in a
   * sentence for the owner of the name.
   */
  issue(hostname: string, signal: AbortSignal): Promise<CertificatePair>;
}
