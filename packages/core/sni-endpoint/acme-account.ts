/** The installation's account at a certificate authority. */
export interface AcmeAccount {
  readonly id: string;
  readonly directoryUrl: string;
  /** PEM. Sealed at rest. */
  readonly privateKey: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
