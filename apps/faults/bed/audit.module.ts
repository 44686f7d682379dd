import { Module } from '@nestjs/common';
import { WorkModule } from '#platform/work';
import { AuditListeners } from './audit.listeners.js';
import { ChoosyListeners } from './choosy.listeners.js';
import { PickyListeners } from './picky.listeners.js';

/** Hears what the others do, in every manner that a listener may: in order, in any order, outside, in chains, choosing, and failing. */
@Module({ imports: [WorkModule.as('audit')], providers: [AuditListeners, ChoosyListeners, PickyListeners] })
export class AuditModule {}
