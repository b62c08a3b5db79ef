import type { CertificateTable, ServedCertificate } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** A certificate table without a router behind it. */
export interface MemoryCertificateTable extends CertificateTable {
  /** What is served, by id. */
  readonly served: ReadonlyMap<string, ServedCertificate>;
  /** Answers to challenges, by token. */
  readonly challenges: ReadonlyMap<string, string>;
  /** The certificate (PEM) that a client gets who asks for a name; null: the platform's own. */
  certificateFor(hostname: string): string | null;
}

export function createMemoryCertificateTable(): MemoryCertificateTable {
  const served = new Map<string, ServedCertificate>();
  const challenges = new Map<string, string>();
  return {
    served,
    challenges,
    certificateFor(hostname) {
      const owner = (name: string): ServedCertificate | undefined =>
        [...served.values()].find((certificate) => certificate.hostnames.includes(name));
      return (owner(hostname) ?? owner(hostname.replace(/^[^.]+/, '*')))?.certificateChain ?? null;
    },
    async putCertificate(certificate) {
      if (certificate.hostnames.length === 0) throw new PlatformError('invalid_params', 'A certificate needs a name.');
      served.set(certificate.id, certificate);
    },
    removeCertificate: async (id) => void served.delete(id),
    async retainCertificates(ids) {
      for (const id of [...served.keys()]) if (!ids.includes(id)) served.delete(id);
    },
    putChallenge: async (token, answer) => void challenges.set(token, answer),
    removeChallenge: async (token) => void challenges.delete(token),
  };
}
