import { ERRORS, type ErrorId, isPlatformError, PlatformError } from '@jangada/platform-api';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import type { Context } from '../context.ts';

/** Answers every error as `{id, message, url?, resource?}`; what nobody expected gets a short id that is also in the log. */
export function answerErrors(server: FastifyInstance, context: Context): void {
  server.addHook('onRequest', async (request) => {
    if (request.url.includes('%00')) throw new PlatformError('bad_request', 'The address contains a null character.');
  });
  server.setErrorHandler((error: FastifyError, request, reply) => {
    const known = toPlatformError(error);
    if (known) {
      if (known.id === 'unauthorized') reply.header('www-authenticate', 'Basic realm="Jangada"');
      return reply.code(known.status).send(known.toJSON());
    }
    const incident = context.ids.secret(4);
    context.report('request-failed', {
      incident,
      method: request.method,
      route: request.routeOptions.url ?? null,
      error: error.stack ?? String(error),
    });
    return reply.code(500).send({
      id: 'internal_server_error',
      message: `Something went wrong on our side. Tell the operator of this Jangada the incident id ${incident}.`,
    });
  });
}

/** For addresses that cannot even be read, which never reach the error handler. */
export function answerBadAddress(_error: unknown, _request: unknown, reply: Pick<FastifyReply, 'raw'>): void {
  const error = new PlatformError('bad_request', 'The address of this request is not valid.');
  reply.raw.writeHead(error.status, { 'content-type': 'application/json' }).end(JSON.stringify(error.toJSON()));
}

/** What an error means to the client; null when it is a fault of ours. */
export function toPlatformError(error: FastifyError): PlatformError | null {
  if (isPlatformError(error)) return error;
  if (error.validation) return new PlatformError('invalid_params', invalidBody(error.validation[0]));
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new PlatformError('payload_too_large', 'The request body is larger than 1 MB.');
  }
  const { statusCode } = error;
  if (statusCode === undefined || statusCode < 400 || statusCode > 499) return null;
  const id = (Object.keys(ERRORS) as ErrorId[]).find((candidate) => ERRORS[candidate] === statusCode);
  return new PlatformError(id ?? 'bad_request', error.message.endsWith('.') ? error.message : `${error.message}.`);
}

type Violation = NonNullable<FastifyError['validation']>[number] | undefined;

/** A sentence that names the field: `The field "updates[0].quantity" must be a whole number.` */
function invalidBody(violation: Violation): string {
  if (!violation) return 'The request body is not valid.';
  const path = fieldName(violation.instancePath);
  if (violation.keyword === 'required') {
    const missing = String(violation.params['missingProperty']);
    return `The field "${path === '' ? missing : `${path}.${missing}`}" is required.`;
  }
  const subject = path === '' ? 'The request body' : `The field "${path}"`;
  return `${subject} ${complaint(violation)}.`;
}

function complaint(violation: NonNullable<Violation>): string {
  const { keyword, params, message } = violation;
  switch (keyword) {
    case 'type':
      return `must be ${withArticle(String(params['type']))}`;
    case 'anyOf':
      return 'has a value of the wrong kind';
    case 'maxLength':
      return `is too long (maximum is ${String(params['limit'])} characters)`;
    case 'minLength':
    case 'minItems':
      return 'must not be empty';
    case 'maxItems':
      return `has too many members (maximum is ${String(params['limit'])})`;
    case 'minimum':
      return `must be ${String(params['limit'])} or more`;
    case 'maximum':
      return `must be ${String(params['limit'])} or less`;
    case 'pattern':
      return 'is not in the right format';
    default:
      return message ?? 'is not valid';
  }
}

function withArticle(type: string): string {
  if (type === 'integer') return 'a whole number';
  return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}

function fieldName(instancePath: string): string {
  return instancePath
    .slice(1)
    .replaceAll(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.')
    .replaceAll('~1', '/')
    .replaceAll('~0', '~');
}
