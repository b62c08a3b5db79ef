import { expect, test } from 'vitest';
import { type DockerApi, DockerError } from './docker-api.ts';
import type { ListedContainer } from './docker-shapes.ts';
import { createNetworkSandboxes } from './network-sandboxes.ts';

const INSTALL = '0123456789ab';

function container(id: string, image: string, labels: Readonly<Record<string, string>>): ListedContainer {
  const host = { NetworkMode: `jangada-${INSTALL}` };
  return {
    Id: id,
    Image: image,
    State: 'running',
    Labels: { 'jangada.install': INSTALL, ...labels },
    HostConfig: host,
  };
}

/** An engine that has these containers and makes others with an address each. `images`: those of what it made. */
class FakeEngine implements Pick<DockerApi, 'call'> {
  readonly images: string[] = [];
  readonly removed: string[] = [];
  /** How many times it fails to remove one. */
  failures = 0;
  readonly #containers: ListedContainer[];

  constructor(containers: readonly ListedContainer[]) {
    this.#containers = [...containers];
  }

  async call<Output>(method: string, path: string, body?: unknown): Promise<Output> {
    if (method === 'DELETE' && this.failures-- > 0) throw new DockerError(500, 'busy');
    if (method === 'DELETE') this.removed.push(path.split(/[/?]/)[2]!);
    return this.#answer(path, body) as Output;
  }

  #answer(path: string, body: unknown): unknown {
    if (path.startsWith('/containers/json')) return this.#containers;
    if (path.endsWith('/json')) {
      const networks = { [`jangada-${INSTALL}`]: { IPAddress: '10.0.0.2' } };
      return { State: { Status: 'running' }, NetworkSettings: { Networks: networks } };
    }
    if (!path.startsWith('/containers/create')) return null;
    this.images.push((body as { Image: string }).Image);
    const id = `made-${this.images.length}`;
    this.#containers.push(container(id, 'stack', { 'jangada.sandbox': id }));
    return { Id: id };
  }
}

test('sandboxes are made of the stack’s image, and never of that of an app which says to be one', async () => {
  const forged = container('a', 'theirs', { 'jangada.dyno': 'd1', 'jangada.slug': '', 'jangada.sandbox': 'x' });
  const emptied = container('b', 'theirs', { 'jangada.dyno': 'd2', 'jangada.slug': '', 'jangada.sandbox': '' });
  const alone = new FakeEngine([forged, emptied]);
  await createNetworkSandboxes(INSTALL, alone).keep();
  expect([alone.images, alone.removed]).toEqual([[], []]);
  const ofStack = container('c', 'stack', { 'jangada.dyno': 'd3', 'jangada.slug': 'sha256:00' });
  const engine = new FakeEngine([forged, emptied, ofStack]);
  await createNetworkSandboxes(INSTALL, engine).keep();
  expect(engine.images).toEqual(['stack', 'stack']);
  expect(engine.removed).toEqual([]);
});

test('a sandbox that could not be removed with its dyno is removed later', async () => {
  const engine = new FakeEngine([container('c', 'stack', { 'jangada.dyno': 'd', 'jangada.slug': 'sha256:00' })]);
  const sandboxes = createNetworkSandboxes(INSTALL, engine);
  await sandboxes.keep();
  const taken = sandboxes.take({ image: 'stack' });
  engine.failures = 1;
  sandboxes.release(taken);
  await sandboxes.keep();
  expect(engine.removed).toEqual([taken?.containerId]);
});
