export { type Server, type ServerOptions, startServer } from './embedded-server.js';
export type { ModelSpec } from './settings.js';
export { DEFAULT_LIMITS, type Limits, type LogLevel, type Settings } from './settings.js';
