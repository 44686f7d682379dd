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
