export { type Server, type ServerOptions, startServer } from './embedded-server.js';
export { DEFAULT_LIMITS, type Limits, type LogLevel, type Settings } from './settings.js';
export type { ModelSpec } from './start.js';
