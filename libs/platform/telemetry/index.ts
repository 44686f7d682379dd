export { AdoptedLogModule, type Adoption } from './adopted-log.module.js';
export {
  type CallContext,
  callContext,
  formatTraceparent,
  freshContext,
  hop,
  inContext,
  parseTraceparent,
  type Trace,
} from './call-context.js';
export { type ErrorField, errorField } from './error-field.js';
export type { LevelWord, Line } from './line.js';
export { LINE_FIELDS, type LineField, lineFaults } from './line-shape.js';
export { type AppLog, type LogSettings, loggerFor } from './log.js';
export { LogModule } from './log.module.js';
export { nestLogger } from './nest-log.js';
export type { LogFields, PlatformLog } from './platform-log.js';
export { scrub, scrubText } from './scrub.js';
export type { Outcome, Span, SpanDetails, SpanKind } from './spans/span.js';
export { SpanBuffer } from './spans/span-buffer.js';
export { type TaskName, Tasks } from './spans/task.js';
export { Telemetry, type TelemetrySettings } from './telemetry.js';
export type { Writer } from './writer.js';
