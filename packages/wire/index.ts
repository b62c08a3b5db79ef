export { connectWire, type WireClient } from './client.ts';
export { type Handlers, type Pipe, serveWire, type WireServer } from './server.ts';
