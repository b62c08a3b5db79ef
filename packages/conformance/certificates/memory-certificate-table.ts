import type { CertificateTable, ServedCertificate } from '@jangada/core';

/** A certificate table without a router behind it. */
export interface MemoryCertificateTable extends CertificateTable {
  /** What is served, by id. */
  readonly served: ReadonlyMap<string, ServedCertificate>;
  /** Answers to challenges, by token. */
  readonly challenges: ReadonlyMap<string, string>;
}

export function createMemoryCertificateTable(): MemoryCertificateTable {
  const served = new Map<string, ServedCertificate>();
  const challenges = new Map<string, string>();
  return {
    served,
    challenges,
    putCertificate: async (certificate) => void served.set(certificate.id, certificate),
    removeCertificate: async (id) => void served.delete(id),
    async retainCertificates(ids) {
      for (const id of [...served.keys()]) if (!ids.includes(id)) served.delete(id);
    },
    putChallenge: async (token, answer) => void challenges.set(token, answer),
    removeChallenge: async (token) => void challenges.delete(token),
  };
}
