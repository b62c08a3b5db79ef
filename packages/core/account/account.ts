/** A person (or machine user) with a login. */
export interface Account {
  readonly id: string;
  readonly email: string;
  readonly name: string | null;
  /** `scrypt$N$r$p$salt$hash`, base64url; null when the account cannot log in with a password. */
  readonly passwordHash: string | null;
  readonly suspendedAt: Date | null;
  readonly lastLogin: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A token. Stored hashed: the token itself is shown once, when it is made. */
export interface Authorization {
  readonly id: string;
  readonly accountId: string;
  readonly description: string;
  readonly scope: readonly string[];
  /** SHA-256 of the token, hex. */
  readonly tokenHash: string;
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
