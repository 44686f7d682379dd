import { eachImport } from './rule.js';

const MAPPERS = /^(typeorm|@nestjs\/typeorm)(\/|$)/;
const DRIVERS = /^(pg|bullmq|@nestjs\/bullmq|ioredis|redis)(\/|$)/;

/** In a business module only the data tier knows how rows are kept, and nobody knows the drivers below the platform. */
export const storage = eachImport('storage', ({ place }, { specifier }) => {
  if (place.floor !== 'marketplace' || place.spec) return undefined;
  if (DRIVERS.test(specifier)) {
    return {
      says: `imports ${specifier}, which the platform is there to hide.`,
      cure: "use the unit of work ('#platform/work') for rows, and events ('#platform/events') for deferred work.",
    };
  }
  const allowed = place.tier === 'data' || place.part === 'entities' || place.part === 'module';
  if (!MAPPERS.test(specifier) || allowed) return undefined;
  return {
    says: `imports ${specifier} outside the data tier.`,
    cure: "move the access to the tables into the module's *.data.ts, and call that.",
  };
});
