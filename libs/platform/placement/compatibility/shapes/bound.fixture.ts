import { EventEmitter } from 'node:events';
import { forwardRef, Inject, Injectable, Module, Scope, SetMetadata } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Observable, of } from 'rxjs';

/** Stands for a decorator of any library: with one, TypeScript tells the declared type of a method's answer. */
const Traced = () => SetMetadata('traced', true);

// Request scope.
@Injectable({ scope: Scope.REQUEST })
export class BasketService {
  constructor(@Inject(REQUEST) readonly request: unknown) {}
  async items() {
    return ['pear'];
  }
}
@Module({ providers: [BasketService], exports: [BasketService] })
export class BasketModule {}
@Injectable()
export class BasketUser {
  constructor(readonly basket: BasketService) {}
  see = () => this.basket.items();
}
@Module({ imports: [BasketModule], providers: [BasketUser] })
export class BasketUserModule {}

// A synchronous method: declared in a way that can be known before it is called, and in one that can't.
@Injectable()
export class SumService {
  @Traced()
  sum(a: number, b: number): number {
    return a + b;
  }
}
@Module({ providers: [SumService], exports: [SumService] })
export class SumModule {}
@Injectable()
export class SumUser {
  constructor(readonly sums: SumService) {}
  see = () => this.sums.sum(1, 2);
}
@Module({ imports: [SumModule], providers: [SumUser] })
export class SumUserModule {}

@Injectable()
export class CountService {
  private counted = 0;
  count() {
    this.counted += 1;
    return this.counted;
  }
  async counts() {
    return this.counted;
  }
}
@Module({ providers: [CountService], exports: [CountService] })
export class CountModule {}
@Injectable()
export class CountUser {
  constructor(readonly counts: CountService) {}
  see = async () => this.counts.count();
}
@Module({ imports: [CountModule], providers: [CountUser] })
export class CountUserModule {}

// A property.
@Injectable()
export class LimitService {
  readonly most = 12;
  async raise() {
    return this.most + 1;
  }
}
@Module({ providers: [LimitService], exports: [LimitService] })
export class LimitModule {}
@Injectable()
export class LimitUser {
  constructor(readonly limits: LimitService) {}
  see = async () => [await this.limits.raise(), this.limits.most];
}
@Module({ imports: [LimitModule], providers: [LimitUser] })
export class LimitUserModule {}

// Streams and other live answers.
@Injectable()
export class FeedService {
  @Traced()
  news(): Observable<string> {
    return of('one');
  }
  async *pages() {
    yield 'one';
  }
}
@Injectable()
export class Bell extends EventEmitter {}
@Module({ providers: [FeedService, Bell], exports: [FeedService, Bell] })
export class FeedModule {}
@Injectable()
export class FeedUser {
  constructor(readonly feed: FeedService) {}
  async see() {
    const pages: string[] = [];
    for await (const page of this.feed.pages()) pages.push(page);
    return pages;
  }
}
@Module({ imports: [FeedModule], providers: [FeedUser] })
export class FeedUserModule {}

// Live values.
const cache = new Map<string, string>();
const counter = { value: 0, increase: async () => ++counter.value };
@Module({
  providers: [
    { provide: 'CACHE', useValue: cache },
    { provide: 'COUNTER', useValue: counter },
  ],
  exports: ['CACHE', 'COUNTER'],
})
export class LiveModule {}
@Injectable()
export class LiveUser {
  constructor(@Inject('COUNTER') readonly counter: { value: number; increase(): Promise<number> }) {}
  see = async () => {
    await this.counter.increase();
    return this.counter.value > 0;
  };
}
@Module({ imports: [LiveModule], providers: [LiveUser] })
export class LiveUserModule {}

// An answer that is an instance of a class, as entities are.
export class Account {
  constructor(readonly balance: number) {}
}
@Injectable()
export class AccountService {
  async find() {
    return new Account(5);
  }
}
@Module({ providers: [AccountService], exports: [AccountService] })
export class AccountModule {}
@Injectable()
export class AccountUser {
  constructor(readonly accounts: AccountService) {}
  see = async () => (await this.accounts.find()).balance;
}
@Module({ imports: [AccountModule], providers: [AccountUser] })
export class AccountUserModule {}

// Two modules that import each other.
@Injectable()
export class HenService {
  constructor(@Inject(forwardRef(() => EggService)) readonly eggs: { lay(): Promise<string> }) {}
  async hatch() {
    return 'hen';
  }
}
@Injectable()
export class EggService {
  constructor(@Inject(forwardRef(() => HenService)) readonly hens: HenService) {}
  async lay() {
    return 'egg';
  }
}
@Module({ imports: [forwardRef(() => EggModule)], providers: [HenService], exports: [HenService] })
export class HenModule {}
@Module({ imports: [forwardRef(() => HenModule)], providers: [EggService], exports: [EggService] })
export class EggModule {}
