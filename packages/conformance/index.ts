export { blobStoreConformance } from './blob-store/blob-store-suite.ts';
export { createMemoryBlobStore } from './blob-store/memory-blob-store.ts';
export { type CertificateTableUnderTest, certificateTableConformance } from './certificates/certificate-table-suite.ts';
export {
  makeCertificate,
  type TestCertificate,
  type TestCertificateOptions,
} from './certificates/make-certificate.ts';
export { createMemoryCertificateTable, type MemoryCertificateTable } from './certificates/memory-certificate-table.ts';
export { type ClockUnderTest, clockConformance } from './clock/clock-suite.ts';
export { createFakeClock, type FakeClock } from './clock/fake-clock.ts';
export { type EnginePrograms, MEMORY_PROGRAMS, runMemoryProgram, SHELL_PROGRAMS } from './engine/engine-programs.ts';
export { engineConformance } from './engine/engine-suite.ts';
export {
  dynoIn,
  type EngineUnderTest,
  EventRecorder,
  readAll,
  readLines,
  sampleSpec,
} from './engine/engine-under-test.ts';
export { createMemoryEngine, type MemoryEngine, type MemoryEngineOptions } from './engine/memory-engine.ts';
export { MemoryProcess } from './engine/memory-process.ts';
export { idsConformance } from './ids/ids-suite.ts';
export { createSequentialIds } from './ids/sequential-ids.ts';
export { type LogHubUnderTest, logHubConformance, logLine, logLines } from './log-hub/log-hub-suite.ts';
export { createMemoryLogHub } from './log-hub/memory-log-hub.ts';
export { createMemoryOutputStreams } from './log-hub/memory-output-streams.ts';
export { type OutputStreamsUnderTest, outputStreamsConformance } from './log-hub/output-streams-suite.ts';
export { createMemoryRouteTable, type MemoryRouteTable } from './route-table/memory-route-table.ts';
export {
  type RequestOutcome,
  type RouteTableUnderTest,
  routeTableConformance,
} from './route-table/route-table-suite.ts';
export { createMemoryStore } from './store/memory-store.ts';
export { SAMPLE_ROWS } from './store/sample-rows.ts';
export { storeConformance } from './store/store-suite.ts';
export type { StoreUnderTest } from './store/store-under-test.ts';
