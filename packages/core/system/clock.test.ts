import { clockConformance } from '@jangada/conformance';
import { systemClock } from './clock.ts';

clockConformance('the system clock', () => ({ clock: systemClock, pass: async () => undefined }));
