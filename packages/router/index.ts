export type { Certificate } from './haproxy/config-files.ts';
export { DEFAULT_LIMITS, type RouterLimits } from './limits.ts';
export { Router, type RouterOptions } from './router.ts';
export { connectRouter, type RemoteRouter } from './wire/connect-router.ts';
export { type RouterStatus, serveRouter } from './wire/serve-router.ts';
