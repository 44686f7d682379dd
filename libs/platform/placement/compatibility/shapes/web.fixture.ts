import {
  type ArgumentMetadata,
  type ArgumentsHost,
  Body,
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  HttpException,
  Injectable,
  Module,
  type NestInterceptor,
  Param,
  ParseIntPipe,
  type PipeTransform,
  Post,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { map } from 'rxjs';

// A controller, with what it needs kept private.
@Injectable()
class Shelf {
  private readonly books = new Map<number, string>();
  put = (title: string) => this.books.set(this.books.size + 1, title).size;
  get = (id: number) => this.books.get(id);
}
@Controller('books')
export class BookController {
  constructor(private readonly shelf: Shelf) {}
  @Post()
  add(@Body() book: { title: string }) {
    return { id: this.shelf.put(book.title) };
  }
  @Get(':id')
  find(@Param('id', ParseIntPipe) id: number) {
    return { title: this.shelf.get(id) };
  }
}
@Module({ controllers: [BookController], providers: [Shelf] })
export class BookModule {}
@Module({ imports: [BookModule] })
export class BookUserModule {}

// A guard, a pipe, an interceptor and a filter that others put on their controllers; the guard asks a service.
@Injectable()
export class TokenService {
  async owner(token: string | undefined) {
    return token === 'let me in' ? 'ada' : undefined;
  }
}
@Injectable()
export class TokenGuard implements CanActivate {
  constructor(private readonly tokens: TokenService) {}
  async canActivate(context: ExecutionContext) {
    const request = context.switchToHttp().getRequest();
    request.owner = await this.tokens.owner(request.headers['x-token']);
    return request.owner !== undefined;
  }
}
@Injectable()
export class TrimPipe implements PipeTransform {
  transform(value: unknown, { type }: ArgumentMetadata) {
    return type === 'param' ? String(value).trim() : value;
  }
}
@Injectable()
export class EnvelopeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler) {
    const { owner } = context.switchToHttp().getRequest();
    return next.handle().pipe(map((data) => ({ owner, data })));
  }
}
@Catch(HttpException)
export class TeapotFilter implements ExceptionFilter {
  catch(error: HttpException, host: ArgumentsHost) {
    host.switchToHttp().getResponse().status(418).send({ was: error.getStatus() });
  }
}
@Module({
  providers: [TokenService, TokenGuard, TrimPipe, EnvelopeInterceptor, TeapotFilter],
  exports: [TokenService, TokenGuard, TrimPipe, EnvelopeInterceptor, TeapotFilter],
})
export class AuthModule {}

@Controller('notes')
@UseGuards(TokenGuard)
@UsePipes(TrimPipe)
@UseInterceptors(EnvelopeInterceptor)
@UseFilters(TeapotFilter)
class NoteController {
  @Get(':name')
  find(@Param('name') name: string) {
    return `note ${name}`;
  }
}
@Module({ imports: [AuthModule], controllers: [NoteController] })
export class AuthUserModule {}

// The same, applied by a module to every controller of the application.
@Injectable()
export class HouseService {
  async open() {
    return true;
  }
}
@Injectable()
class HouseGuard implements CanActivate {
  constructor(private readonly house: HouseService) {}
  async canActivate(context: ExecutionContext) {
    return (await this.house.open()) && context.switchToHttp().getRequest().headers['x-token'] !== undefined;
  }
}
@Module({
  providers: [
    HouseService,
    { provide: APP_GUARD, useClass: HouseGuard },
    { provide: APP_PIPE, useClass: TrimPipe },
    { provide: APP_INTERCEPTOR, useClass: EnvelopeInterceptor },
    { provide: APP_FILTER, useClass: TeapotFilter },
  ],
  exports: [HouseService],
})
export class HouseModule {}

@Controller('rooms')
class RoomController {
  @Get(':name')
  find(@Param('name') name: string) {
    return `room ${name}`;
  }
}
@Module({ imports: [HouseModule], controllers: [RoomController] })
export class HouseUserModule {}

// An application-wide guard that asks something which its module keeps for itself.
@Injectable()
class Keys {
  async fit() {
    return true;
  }
}
@Injectable()
class KeyGuard implements CanActivate {
  constructor(private readonly keys: Keys) {}
  canActivate() {
    return this.keys.fit();
  }
}
@Module({ providers: [Keys, { provide: APP_GUARD, useClass: KeyGuard }] })
export class KeyModule {}
@Module({ imports: [KeyModule], controllers: [RoomController] })
export class KeyUserModule {}
