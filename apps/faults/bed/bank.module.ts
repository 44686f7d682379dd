import { Module } from '@nestjs/common';
import { WorkModule } from '#platform/work';
import { BankEdge } from './bank.edge.js';
import { BankListeners } from './bank.listeners.js';

/** Accounts that money moves between, and lists that grow: everybody wants the same few of both. */
@Module({ imports: [WorkModule.as('bank')], controllers: [BankEdge], providers: [BankListeners] })
export class BankModule {}
