import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  type ApiResponseOptions,
  DocumentBuilder,
  type OpenAPIObject,
  type SwaggerDocumentOptions,
  SwaggerModule,
} from '@nestjs/swagger';
import { z } from 'zod';

/** What the API page says about the app. */
export interface ApiPageOptions {
  readonly title: string;
  readonly version: string;
  readonly description?: string;
}

/**
 * Serves the OpenAPI page at `/docs`, its document at `/docs-json` and `/docs-yaml`. Everything comes from this process:
 * it works without a network. The document is made when somebody first asks for it, since no start should wait for it.
 */
export function serveApiPage(app: NestFastifyApplication, options: ApiPageOptions): void {
  SwaggerModule.setup('docs', app, () => apiDocument(app, options), { customSiteTitle: options.title });
}

/** What every route may answer instead. */
const PROBLEM: ApiResponseOptions = {
  status: 'default',
  description: 'A problem (RFC 9457)',
  content: {
    'application/problem+json': {
      schema: {
        type: 'object',
        required: ['type', 'title', 'status', 'detail', 'instance', 'statusCode', 'message', 'traceId'],
        properties: {
          type: { type: 'string' },
          title: { type: 'string' },
          status: { type: 'integer' },
          detail: { type: 'string' },
          instance: { type: 'string' },
          statusCode: { type: 'integer' },
          message: { oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
          error: { type: 'string' },
          traceId: { type: 'string' },
          code: { type: 'string', description: 'of a refusal' },
          details: { type: 'object', description: 'of a refusal' },
          errors: { type: 'array', items: { type: 'object' }, description: 'places of the input' },
        },
      },
    },
  },
};

/** The OpenAPI document of an app's controllers. */
export function apiDocument(app: NestFastifyApplication, options: ApiPageOptions): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle(options.title)
    .setVersion(options.version)
    .setDescription(options.description ?? '')
    .addGlobalResponse(PROBLEM)
    .build();
  return SwaggerModule.createDocument(app, about, { standardSchemaConverter: schemaOf });
}

/**
 * Zod's own converter is asked with `unrepresentable: 'any'`: a date or a transform in one schema must not cost the whole
 * document. Schemas of other libraries are left to Nest.
 */
const schemaOf: SwaggerDocumentOptions['standardSchemaConverter'] = (schema, { schemaType }) => {
  if (!(schema instanceof z.ZodType)) return undefined;
  const {
    $schema: _dialect,
    $defs,
    ...converted
  } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: schemaType,
    unrepresentable: 'any',
  });
  return { schema: converted, components: $defs ?? {} };
};
