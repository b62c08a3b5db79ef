import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLockfile } from './gemfile.ts';
import { defaultProcessTypes } from './process-types.ts';

const app = process.argv[2] as string;
const lockfile = readLockfile(readFileSync(join(app, 'Gemfile.lock'), 'utf8'));
const types = defaultProcessTypes(lockfile, (name) => existsSync(join(app, name)));
// JSON is YAML.
process.stdout.write(`${JSON.stringify({ addons: [], default_process_types: types })}\n`);
