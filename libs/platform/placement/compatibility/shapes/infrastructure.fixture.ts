import { BullModule, InjectQueue, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Module } from '@nestjs/common';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import type { Job, Queue } from 'bullmq';
import { Column, DataSource, Entity, type EntityManager, PrimaryGeneratedColumn, Repository } from 'typeorm';

// A module that exports a service and, with TypeOrmModule, the repository that it works on.
@Entity({ name: 'invoices' })
export class Invoice {
  @PrimaryGeneratedColumn() id!: number;
  @Column() total!: number;
}
@Injectable()
export class InvoiceService {
  constructor(@InjectRepository(Invoice) private readonly invoices: Repository<Invoice>) {}
  async write(total: number) {
    const { id } = await this.invoices.save({ total });
    return { id };
  }
  async writeWith(manager: EntityManager, total: number) {
    await manager.save(Invoice, { total });
  }
}
@Module({
  imports: [TypeOrmModule.forFeature([Invoice])],
  providers: [InvoiceService],
  exports: [InvoiceService, TypeOrmModule],
})
export class InvoiceModule {}

@Injectable()
export class InvoiceUser {
  constructor(
    readonly service: InvoiceService,
    @InjectRepository(Invoice) readonly invoices: Repository<Invoice>,
    readonly source: DataSource,
  ) {}
  async see() {
    const { id } = await this.service.write(7);
    return this.invoices.findOneByOrFail({ id }).then(({ total }) => total);
  }
  /** Has the other module write in a transaction of its own. */
  async together() {
    await this.source.transaction((manager) => this.service.writeWith(manager, 8));
    return this.invoices.countBy({ total: 8 });
  }
}
@Module({ imports: [InvoiceModule], providers: [InvoiceUser] })
export class InvoiceUserModule {}

/** What the processor of letters did, in whatever application of this process it ran. */
export const posted: string[] = [];

// A processor of a queue, exported by its module (as people do who call it too), with the queue.
@Processor('letters')
export class LetterProcessor extends WorkerHost {
  async process(job: Job<{ to: string }>) {
    return `posted to ${job.data.to}`;
  }
  @OnWorkerEvent('completed')
  onCompleted(job: Job, result: string) {
    posted.push(`${job.name}: ${result}`);
  }
}
@Module({
  imports: [BullModule.registerQueue({ name: 'letters' })],
  providers: [LetterProcessor],
  exports: [BullModule, LetterProcessor],
})
export class LetterModule {}

@Injectable()
export class LetterUser {
  constructor(
    @InjectQueue('letters') readonly letters: Queue,
    readonly processor: LetterProcessor,
  ) {}
  async see() {
    await this.letters.add('letter', { to: 'us' });
  }
}
@Module({ imports: [LetterModule], providers: [LetterUser] })
export class LetterUserModule {}
