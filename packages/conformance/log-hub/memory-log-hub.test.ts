import { logHubConformance } from './log-hub-suite.ts';
import { createMemoryLogHub } from './memory-log-hub.ts';

logHubConformance('the memory log hub', async (options) => ({
  hub: createMemoryLogHub(options),
  dispose: async () => undefined,
}));
