import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../settings.js';

/** JSON, a line an event. Nothing that is logged holds a query or a document. */
export function createLogger(stream: DestinationStream, level: LogLevel): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

export type { Logger };
