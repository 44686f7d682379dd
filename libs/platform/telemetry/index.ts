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
export { linesOfFile } from './intake/line-sources.js';
export { type Intake, normalised } from './intake/normalise.js';
export { takeIn } from './intake/take-in.js';
export { ALL_MODULES, Levels, THRESHOLDS, type Threshold } from './levels.js';
export { LevelsWatch } from './levels-watch.js';
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
export { USUAL, type WantedLevel, wantedLevels, wantLevel } from './wanted-levels.js';
export type { Writer } from './writer.js';
