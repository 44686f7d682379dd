import { Inject, Injectable, Module, NotFoundException } from '@nestjs/common';

/** What others ask: two good answers and a "no". */
export interface Answers {
  readonly price: unknown;
  readonly refused: string;
}

@Injectable()
export class PriceService {
  private readonly asked: string[] = [];

  async price(currency: string) {
    this.asked.push(currency);
    return { currency, rate: 2.5, at: new Date(86_400_000), asked: [...this.asked], note: undefined };
  }

  async refuse(currency: string): Promise<never> {
    throw new NotFoundException(`No price in ${currency}`);
  }
}

const said = (error: NotFoundException) => `${error.getStatus()} ${error.message}`;

async function ask(prices: PriceService): Promise<Answers> {
  await prices.price('EUR');
  return { price: await prices.price('USD'), refused: await prices.refuse('XTS').catch(said) };
}

// An exported class.
@Module({ providers: [PriceService], exports: [PriceService] })
export class PriceModule {}

@Injectable()
export class PriceUser {
  constructor(readonly prices: PriceService) {}
  see = async () => ({
    ...(await ask(this.prices)),
    is: [this.prices instanceof PriceService, this.prices.constructor.name, this.prices.price.length],
  });
}
@Module({ imports: [PriceModule], providers: [PriceUser] })
export class PriceUserModule {}

// An abstract class as the token of a class that is kept private.
export abstract class Prices extends PriceService {}
@Injectable()
class PricesFromTable extends PriceService {}
@Module({
  providers: [PricesFromTable, { provide: Prices, useExisting: PricesFromTable }],
  exports: [Prices],
})
export class AbstractModule {}

@Injectable()
export class AbstractUser {
  constructor(readonly prices: Prices) {}
  see = () => ask(this.prices);
}
@Module({ imports: [AbstractModule], providers: [AbstractUser] })
export class AbstractUserModule {}

// Custom tokens: a string with a class, a symbol with a value.
const PRICES = 'PRICES';
const ROUNDING = Symbol('rounding');
const rounding = { round: async (amount: number) => Math.round(amount) };
const LIMITS = 'LIMITS';
@Injectable()
class TablePrices extends PriceService {}
@Module({
  providers: [
    { provide: PRICES, useClass: TablePrices },
    { provide: ROUNDING, useValue: rounding },
    { provide: LIMITS, useValue: { most: 99 } },
  ],
  exports: [PRICES, ROUNDING, LIMITS],
})
export class TokenModule {}

@Injectable()
export class TokenUser {
  constructor(
    @Inject(PRICES) readonly prices: PriceService,
    @Inject(ROUNDING) readonly rounded: typeof rounding,
    @Inject(LIMITS) readonly limits: { most: number },
  ) {}
  see = async () => ({
    ...(await ask(this.prices)),
    rounded: await this.rounded.round(2.6),
    most: this.limits.most,
  });
}
@Module({ imports: [TokenModule], providers: [TokenUser] })
export class TokenUserModule {}

// Factories, one asynchronous, with what they inject kept private.
const REMOTE_PRICES = 'REMOTE_PRICES';
const CONNECTION = 'CONNECTION';
export class PriceClient {
  constructor(readonly prices: PriceService) {}
  async cheapest() {
    return this.prices.price('cheapest');
  }
}
@Injectable()
class FactoryPrices extends PriceService {}
@Module({
  providers: [
    FactoryPrices,
    { provide: CONNECTION, useFactory: async () => ({ opened: true }) },
    {
      provide: REMOTE_PRICES,
      useFactory: async (connection: { opened: boolean }, prices: FactoryPrices) =>
        connection.opened ? prices : undefined,
      inject: [CONNECTION, FactoryPrices],
    },
    {
      provide: PriceClient,
      useFactory: (prices: FactoryPrices) => new PriceClient(prices),
      inject: [FactoryPrices],
    },
  ],
  exports: [REMOTE_PRICES, PriceClient],
})
export class FactoryModule {}

@Injectable()
export class FactoryUser {
  constructor(
    @Inject(REMOTE_PRICES) readonly prices: PriceService,
    readonly client: PriceClient,
  ) {}
  see = async () => ({ ...(await ask(this.prices)), cheapest: (await this.client.cheapest()).asked });
}
@Module({ imports: [FactoryModule], providers: [FactoryUser] })
export class FactoryUserModule {}

// A module that passes on what a part of it exports.
@Injectable()
class PartPrices extends PriceService {}
@Module({ providers: [PartPrices], exports: [PartPrices] })
class PartModule {}
@Module({ imports: [PartModule], exports: [PartModule] })
export class PassingModule {}

@Injectable()
export class PassedUser {
  constructor(readonly prices: PartPrices) {}
  see = () => ask(this.prices);
}
@Module({ imports: [PassingModule], providers: [PassedUser] })
export class PassedUserModule {}
