/** A TLS certificate of an app, chosen by the name that a client asks for (SNI). */
export interface SniEndpoint {
  readonly id: string;
  readonly appId: string;
  /** `calm-tide-12345`: given by the platform, unique within the app. */
  readonly name: string;
  /** Given by a person. */
  readonly displayName: string | null;
  /** PEM, the certificate itself first, each one signed by the next. */
  readonly certificateChain: string;
  /** PEM (PKCS #8). Sealed at rest; never presented. */
  readonly privateKey: string;
  /** Issued and renewed by the platform. */
  readonly acm: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Display names of certificates: the pattern of the published schema (`sni-endpoint.display_name`). */
export const SNI_ENDPOINT_NAME = /^[a-z][a-z0-9-]{2,29}$/;
