/** A certificate as the router serves it. */
export interface ServedCertificate {
  /** Of the SNI endpoint. */
  readonly id: string;
  /** Names for which it is served, lower case; `*.example.com` for wildcards. At least one. */
  readonly hostnames: readonly string[];
  /** PEM, the certificate itself first. */
  readonly certificateChain: string;
  /** PEM. */
  readonly privateKey: string;
}

/**
 * TLS of web traffic: which certificate answers for which name (SNI), and the answers to certificate authorities that want
 * to see that a name is ours. A name without a certificate gets the platform's own. The router keeps certificates on disk.
 */
export interface CertificateTable {
  /**
   * Serves a certificate, in the place of what had its id before. Resolves when the next handshake gets it. Throws
   * `invalid_params` when it cannot be served.
   */
  putCertificate(certificate: ServedCertificate, signal?: AbortSignal): Promise<void>;
  /** Forgets it and its key. One that is not there is not an error. */
  removeCertificate(id: string, signal?: AbortSignal): Promise<void>;
  /** Removes every certificate that is not in `ids`: after a restart of the control plane. */
  retainCertificates(ids: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Answers `answer` at `/.well-known/acme-challenge/<token>` of every host (RFC 8555, 8.3). Lost with a restart of the router. */
  putChallenge(token: string, answer: string, signal?: AbortSignal): Promise<void>;
  removeChallenge(token: string, signal?: AbortSignal): Promise<void>;
}
