import { request } from 'node:http';
import { join } from 'node:path';
import { homeLayout } from '@jangada/core';
import { openStack } from '@jangada/stack';

/** The name under which system tests find the first stack layer, whatever its recipe's digest is. */
const NAME = { repo: 'test-base', tag: '1' };

/** Gives the engine's base stack image the name that tests use. */
export async function provideTestImage(root: string, home: string): Promise<void> {
  const dockerSocket = process.env['DOCKER_SOCKET'] || '/var/run/docker.sock';
  const stacks = openStack({
    home: homeLayout(home),
    dockerSocket,
    recipeFolder: join(root, 'stack'),
    env: process.env,
  });
  const image = await stacks.ensure('heroku-24', 'base', () => {});
  const path = `/images/${image}/tag?${new URLSearchParams(NAME)}`;
  const status = await new Promise<number>((resolve, reject) => {
    const call = request({ socketPath: dockerSocket, method: 'POST', path }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    call.on('error', reject).end();
  });
  if (status !== 201) throw new Error(`The engine would not tag ${image} (status ${status}).`);
}
