import { Injectable, Module } from '@nestjs/common';
import { type Heard, Listens } from '#platform/events';
import { type Unit, WorkModule } from '#platform/work';
import { type Fact, TransferMade } from './facts.events.js';
import { tellAttempt, tellEffect } from './telling.js';

@Injectable()
export class LateListeners {
  @Listens({ name: 'late.joins', to: TransferMade })
  async joins(heard: Heard<Fact>, unit: Unit): Promise<void> {
    tellAttempt('late.joins', heard);
    await tellEffect(unit, 'late.joins', heard);
  }
}

/** A module that is deployed while the others run: what is published from then on, it hears. */
@Module({ imports: [WorkModule.as('late')], providers: [LateListeners] })
export class LateModule {}
