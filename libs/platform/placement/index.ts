export type { HttpRoute, Instance, InstanceHealth, ModuleContract, Route, SeenInstance } from './instance.js';
export { instanceId } from './instance-id.js';
export { type CallsPerSide, type Moved, type MoveOptions, MoveRefused, moveModule } from './move.js';
export { type LiveView, Registry } from './registry.js';
export { RoutedPlacement } from './routed-placement.js';
export { setHomes } from './set-homes.js';
export { changeRoute, forgetWantedApps, wantApp, wantedApps } from './sql/change-route.js';
export { buryProcess } from './sql/instances.js';
export { type PlacementView, readPlacement } from './sql/read-placement.js';
