export { type ListedModule, nameModules } from './business-modules.js';
export { type HostOptions, host } from './host.js';
export { READINESS, type ReadinessProbe } from './http/readiness.js';
export { type RunOptions, run, type Started } from './run/run.js';
export { RunningApp } from './running-app.js';
