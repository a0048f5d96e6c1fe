import { type DestinationStream, type Logger, pino } from 'pino';

/** How much is said. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** JSON, a line an event. Nothing that is logged holds a query or a document. */
export function createLogger(stream: DestinationStream, level: LogLevel): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

export type { Logger };
