import { createMemoryOutputStreams } from './memory-output-streams.ts';
import { outputStreamsConformance } from './output-streams-suite.ts';

outputStreamsConformance('the memory output streams', async (limits) => ({
  outputs: createMemoryOutputStreams(limits),
  dispose: async () => undefined,
}));
