import { Body, Controller, Get, Injectable, Module, Param, ParseIntPipe, Post } from '@nestjs/common';

// The application that Nest's own introduction builds, in its shape: a controller, a service that keeps cats, a module.

export interface Cat {
  name: string;
  age: number;
  breed: string;
}

export class CreateCatDto {
  name!: string;
  age!: number;
  breed!: string;
}

@Injectable()
export class CatsService {
  private readonly cats: Cat[] = [];

  create(cat: Cat) {
    this.cats.push(cat);
  }

  findAll(): Cat[] {
    return this.cats;
  }
}

@Controller('cats')
export class CatsController {
  constructor(private readonly catsService: CatsService) {}

  @Post()
  async create(@Body() createCatDto: CreateCatDto) {
    this.catsService.create(createCatDto);
  }

  @Get()
  async findAll(): Promise<Cat[]> {
    return this.catsService.findAll();
  }

  @Get(':id')
  findOne(@Param('id', new ParseIntPipe()) id: number) {
    return `This action returns a #${id} cat`;
  }
}

@Module({ controllers: [CatsController], providers: [CatsService] })
export class CatsModule {}
