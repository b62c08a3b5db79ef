// The shapes of requests are at '@jangada/platform-api/requests': they bring a schema library that most processes do not need.
export * from './coverage/cli-operations.ts';
export * from './coverage/links.ts';
export * from './coverage/path-shape.ts';
export * from './coverage/read-schema.ts';
export * from './errors/descriptions.ts';
export * from './errors/platform-error.ts';
export * from './headers/accept.ts';
export * from './headers/range.ts';
export * from './identity/name-uuid.ts';
