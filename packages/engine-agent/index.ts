export { type AgentClient, connectAgent } from './connect-agent.ts';
export { serveAgent } from './serve-agent.ts';
