import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  formatBuildpackRegistry,
  type Home,
  type RegisteredBuildpack,
  readBuildpackRegistry,
  registerBuildpack,
  unregisterBuildpack,
} from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Command } from '../command.ts';
import { columns } from './table.ts';

const registryFile = (home: Home): string => join(home.buildpacks, 'registry.json');

export const buildpacks: Command = {
  name: 'buildpacks',
  usage: '',
  summary: 'The buildpacks that you registered by name',
  help: `Lists them with the version that builds use. Folders, .tgz archives and bare .git repositories in
JANGADA_HOME/buildpacks/NAMESPACE/NAME need no registration. All that apps can use: heroku buildpacks:search`,
  async run(_args, { config, print }) {
    const registered = await read(config.home);
    if (registered.length === 0) print('No buildpack is registered. See "bin/jangada help buildpacks:register".');
    const rows = registered.map(({ name, description, versions }) => [
      name,
      `v${versions.length}`,
      versions.at(-1)?.url ?? '',
      description,
    ]);
    for (const line of columns(rows)) print(line);
    return 0;
  },
};

export const registerBuildpackCommand: Command = {
  name: 'buildpacks:register',
  usage: 'NAMESPACE/NAME URL [--description TEXT]',
  summary: 'Make a buildpack known by a name, or give it a new version',
  help: `URL is a git repository, with #branch, #tag or #commit if you like, or a .tgz. From the next build on,
"heroku buildpacks:set NAMESPACE/NAME" and the search find it. A name of Heroku's replaces what is built in:
  bin/jangada buildpacks:register heroku/nodejs https://github.com/heroku/heroku-buildpack-nodejs#v300`,
  async run(args, { config, print }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { description: { type: 'string' } },
    });
    const [name, url] = positionals;
    if (name === undefined || url === undefined || positionals.length > 2) {
      throw new PlatformError('invalid_params', 'Say which: bin/jangada buildpacks:register NAMESPACE/NAME URL');
    }
    const asked = { name, url, description: values.description ?? null };
    const registered = registerBuildpack(await read(config.home), asked, new Date());
    await write(config.home, registered);
    const { versions = [] } = registered.at(-1) ?? {};
    print(`${name} is registered (version ${versions.length}). It counts from the next build on.`);
    return 0;
  },
};

export const unregisterBuildpackCommand: Command = {
  name: 'buildpacks:unregister',
  usage: 'NAMESPACE/NAME',
  summary: 'Forget a registered buildpack',
  help: 'Apps that name it fail to build from now on, unless the name is of a built-in buildpack or of Heroku’s registry.',
  async run([name], { config, print }) {
    if (name === undefined) throw new PlatformError('invalid_params', 'Say which: NAMESPACE/NAME.');
    await write(config.home, unregisterBuildpack(await read(config.home), name));
    print(`${name} is not registered any more.`);
    return 0;
  },
};

async function read(home: Home): Promise<readonly RegisteredBuildpack[]> {
  return readBuildpackRegistry(await readFile(registryFile(home), 'utf8').catch(() => ''));
}

/** In one step, as it is read at any time; for nobody else to read, as its URLs may have credentials. */
async function write(home: Home, registered: readonly RegisteredBuildpack[]): Promise<void> {
  await mkdir(home.buildpacks, { recursive: true, mode: 0o755 });
  const draft = `${registryFile(home)}.${process.pid}`;
  await writeFile(draft, formatBuildpackRegistry(registered), { mode: 0o600 });
  await rename(draft, registryFile(home));
}
