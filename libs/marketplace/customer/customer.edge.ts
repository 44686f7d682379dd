import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { PathId } from '#marketplace/text';
import { type Customer, NewCustomer } from './contract/customer.api.js';
import { CustomerData } from './customer.data.js';

/** Customers over HTTP. */
@ApiTags('customer')
@Controller('customer')
export class CustomerEdge {
  constructor(private readonly customers: CustomerData) {}

  @Post()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Register a customer, or replace what is known of one',
    description: "Of a card's number only the last four digits are kept, of its code nothing.",
  })
  @ApiCreatedResponse({ description: 'Registered.' })
  register(@Body({ schema: NewCustomer }) customer: NewCustomer): Promise<void> {
    return this.customers.register(customer);
  }

  @Get(':id')
  @ApiOperation({ summary: 'A customer, and how often things went well' })
  @ApiOkResponse({ description: 'The customer; its card number is masked.' })
  @ApiNotFoundResponse({ description: 'No such customer.' })
  find(@Param('id', { schema: PathId }) id: number): Promise<Customer> {
    return this.customers.find(id);
  }
}
