import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { homeLayout, socketsOf } from '@jangada/core';
import { serveWire } from '@jangada/wire';
import { expect, test } from 'vitest';

const run = promisify(execFile);

test('a second control plane of the same home ends before it reaches the database', async () => {
  const home = homeLayout(await mkdtemp(join(tmpdir(), 'control-plane-')));
  await mkdir(home.run);
  await mkdir(dirname(home.masterKey));
  await writeFile(home.masterKey, Buffer.alloc(32));
  const first = await serveWire(socketsOf(home).controlPlane, {});
  const env = {
    JANGADA_HOME: home.root,
    JANGADA_INSTALL_ID: 'aaaaaaaaaaaa',
    DATABASE_URL: `postgres://nobody@localhost/none?host=${home.root}`,
  };
  const second = run(process.execPath, [join(import.meta.dirname, 'main.ts')], { env });
  await expect(second).rejects.toMatchObject({
    code: 1,
    stderr: `Another process already answers on ${socketsOf(home).controlPlane}. Stop it first.\n`,
  });
  await first.close();
  await rm(home.root, { recursive: true });
});
