import { createHash, createPublicKey, type JsonWebKey, randomBytes, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { makeCertificate } from '@jangada/conformance';

export interface AcmeServer {
  readonly directoryUrl: string;
  /** PEM of the authority that signs. */
  readonly root: string;
  /** Requests by what they asked for, oldest first: `newOrder shop.example.com`. */
  readonly asked: readonly string[];
  /** The next new order is answered with 429 and this Retry-After. */
  limitNext(retryAfter: string): void;
  close(): Promise<void>;
}

interface Order {
  readonly host: string;
  readonly token: string;
  readonly thumbprint: string;
  status: 'pending' | 'ready' | 'valid' | 'invalid';
  error: string | null;
  chain: string;
}

/** Body of one signed request (RFC 8555, 6.2), verified. */
interface Signed {
  readonly payload: { readonly identifiers?: readonly { readonly value: string }[]; readonly csr?: string };
  readonly jwk: JsonWebKey;
  readonly kid: string | undefined;
}

/** A small ACME authority (RFC 8555) on the loopback address that really looks: over HTTP, at `webPort` of this machine. */
export async function startAcmeServer(webPort: number): Promise<AcmeServer> {
  const root = makeCertificate({ names: ['acme-root.test'], authority: true });
  const nonces = new Set<string>();
  const accounts = new Map<string, JsonWebKey>();
  const orders: Order[] = [];
  const asked: string[] = [];
  let limit: string | null = null;
  let base = '';

  const orderView = (order: Order): object => ({
    status: order.status,
    identifiers: [{ type: 'dns', value: order.host }],
    authorizations: [`${base}/authz/${orders.indexOf(order)}`],
    finalize: `${base}/finalize/${orders.indexOf(order)}`,
    ...(order.status === 'valid' ? { certificate: `${base}/cert/${orders.indexOf(order)}` } : {}),
  });
  const challengeView = (order: Order): object => ({
    type: 'http-01',
    url: `${base}/challenge/${orders.indexOf(order)}`,
    token: order.token,
    status: order.status === 'pending' ? 'pending' : order.status === 'invalid' ? 'invalid' : 'valid',
    ...(order.error === null
      ? {}
      : { error: { type: 'urn:ietf:params:acme:error:unauthorized', detail: order.error } }),
  });

  const validate = async (order: Order): Promise<void> => {
    const path = `/.well-known/acme-challenge/${order.token}`;
    const body = await read(webPort, order.host, path).catch((error: unknown) => String(error));
    const good = body === `${order.token}.${order.thumbprint}`;
    order.status = good ? 'ready' : 'invalid';
    if (!good) order.error = `The answer at http://${order.host}${path} was ${JSON.stringify(body.slice(0, 60))}`;
  };

  const handle = async (what: string, order: Order | undefined, signed: Signed, response: ServerResponse) => {
    const send = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      const type = status < 400 ? 'application/json' : 'application/problem+json';
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      response.writeHead(status, {
        'content-type': typeof body === 'string' ? 'application/pem-certificate-chain' : type,
        ...headers,
      });
      response.end(text);
    };
    if (what === 'newAccount') {
      const kid = `${base}/account/${thumbprintOf(signed.jwk)}`;
      const known = accounts.has(kid);
      accounts.set(kid, signed.jwk);
      return send(known ? 200 : 201, { status: 'valid' }, { location: kid });
    }
    if (what === 'newOrder') {
      const host = signed.payload.identifiers?.[0]?.value ?? '';
      if (limit !== null) {
        const problem = { type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many certificates' };
        send(429, problem, { 'retry-after': limit });
        limit = null;
        return;
      }
      const token = randomBytes(16).toString('base64url');
      const made: Order = {
        host,
        token,
        thumbprint: thumbprintOf(signed.jwk),
        status: 'pending',
        error: null,
        chain: '',
      };
      orders.push(made);
      return send(201, orderView(made), { location: `${base}/order/${orders.length - 1}` });
    }
    if (!order) return send(404, { detail: 'no such order' });
    if (what === 'authz') {
      const status = order.status === 'ready' ? 'valid' : order.status;
      const identifier = { type: 'dns', value: order.host };
      return send(200, { status, identifier, challenges: [challengeView(order)] });
    }
    if (what === 'challenge') {
      if (order.status === 'pending' && Object.keys(signed.payload).length === 0) await validate(order);
      return send(200, challengeView(order));
    }
    if (what === 'finalize') {
      if (order.status !== 'ready') return send(403, { detail: `the order is ${order.status}` });
      order.chain = `${makeCertificate({ names: [order.host], issuer: root, request: pemOf(signed.payload.csr ?? '') }).cert}${root.cert}`;
      order.status = 'valid';
    }
    return what === 'cert' ? send(200, order.chain) : send(200, orderView(order));
  };

  const server = createServer((incoming, response) => {
    void (async () => {
      const nonce = randomBytes(12).toString('base64url');
      nonces.add(nonce);
      response.setHeader('replay-nonce', nonce);
      const [, what = '', index] = (incoming.url ?? '').split('/');
      if (incoming.method === 'HEAD') return response.end();
      if (what === 'directory') {
        const names = ['newNonce', 'newAccount', 'newOrder', 'revokeCert', 'keyChange'];
        response.setHeader('content-type', 'application/json');
        return response.end(JSON.stringify(Object.fromEntries(names.map((name) => [name, `${base}/${name}`]))));
      }
      const signed = await readSigned(incoming, `${base}${incoming.url}`, nonces, accounts);
      asked.push(what === 'newOrder' ? `newOrder ${signed.payload.identifiers?.[0]?.value}` : what);
      return handle(what, orders[Number(index)], signed, response);
    })().catch((error: unknown) => {
      response.statusCode = 400;
      response.setHeader('content-type', 'application/problem+json');
      response.end(JSON.stringify({ type: 'urn:ietf:params:acme:error:malformed', detail: String(error) }));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  return {
    directoryUrl: `${base}/directory`,
    root: root.cert,
    asked,
    limitNext(retryAfter) {
      limit = retryAfter;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function readSigned(
  incoming: IncomingMessage,
  url: string,
  nonces: Set<string>,
  accounts: ReadonlyMap<string, JsonWebKey>,
): Promise<Signed> {
  let text = '';
  for await (const chunk of incoming) text += chunk;
  const body = JSON.parse(text) as { protected: string; payload: string; signature: string };
  const head = JSON.parse(Buffer.from(body.protected, 'base64url').toString()) as Record<string, unknown>;
  if (head['url'] !== url) throw new Error('the signed url is another');
  if (!nonces.delete(String(head['nonce']))) throw new Error('the nonce is unknown');
  const kid = head['kid'] as string | undefined;
  const jwk = kid === undefined ? (head['jwk'] as JsonWebKey) : accounts.get(kid);
  if (!jwk || head['alg'] !== 'ES256') throw new Error('the account is unknown');
  const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
  const signature = Buffer.from(body.signature, 'base64url');
  const good = verify('sha256', Buffer.from(`${body.protected}.${body.payload}`), key, signature);
  if (!good) throw new Error('the signature is wrong');
  const payload = Buffer.from(body.payload, 'base64url').toString();
  return { payload: payload === '' ? { csr: '' } : (JSON.parse(payload) as Signed['payload']), jwk, kid };
}

/** RFC 7638, for keys on P-256. */
function thumbprintOf(jwk: JsonWebKey): string {
  const members = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
  return createHash('sha256').update(members).digest('base64url');
}

function pemOf(csr: string): string {
  const lines =
    Buffer.from(csr, 'base64url')
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join('\n')}\n-----END CERTIFICATE REQUEST-----\n`;
}

/** What a host answers, as the authority sees it: names are not looked up, this machine is asked. */
function read(port: number, host: string, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, headers: { host }, agent: false }, async (response) => {
      let text = '';
      for await (const chunk of response) text += chunk;
      resolve(text);
    });
    asking.on('error', reject);
    asking.end();
  });
}
