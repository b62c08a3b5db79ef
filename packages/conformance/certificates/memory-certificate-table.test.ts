import { certificateTableConformance } from './certificate-table-suite.ts';
import { createMemoryCertificateTable } from './memory-certificate-table.ts';

certificateTableConformance('the in-memory certificate table', async () => {
  const table = createMemoryCertificateTable();
  return {
    table,
    certificateFor: async (hostname) => table.certificateFor(hostname),
    challengeAnswer: async (token) => table.challenges.get(token) ?? null,
    close: async () => undefined,
  };
});
