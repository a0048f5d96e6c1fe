import { type DestinationStream, type Logger, pino } from 'pino';
import type { LogLevel } from '../settings.js';

/** Writes each event as a line of JSON. No logged event contains a query or a document. */
export function createLogger(stream: DestinationStream, level: LogLevel): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

export type { Logger };
