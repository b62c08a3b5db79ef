import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Installation } from './installation.ts';
import { type Outcome, type RunOptions, run, runOk } from './run.ts';

export type Files = Readonly<Record<string, string>>;

/** A working copy that a person pushes from. */
export interface WorkingCopy {
  readonly folder: string;
  git(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Writes the files and commits everything; resolves with the commit's id. */
  commit(files: Files, message?: string): Promise<string>;
  /** `git push heroku main`. */
  push(...args: string[]): Promise<Outcome>;
  /** The CLI, run inside the folder: it finds the app by the remote. */
  heroku(args: readonly string[], options?: RunOptions): Promise<Outcome>;
  remove(): Promise<void>;
}

export async function workingCopy(installation: Installation, files: Files): Promise<WorkingCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-app-'));
  const env = installation.person;
  const git = (args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
    run('git', args, { cwd: folder, env, ...options });
  await runOk('git', ['init', '-q', '-b', 'main'], { cwd: folder, env });
  const copy: WorkingCopy = {
    folder,
    git,
    async commit(changed, message = 'Change') {
      for (const [name, content] of Object.entries(changed)) {
        await mkdir(dirname(join(folder, name)), { recursive: true });
        await writeFile(join(folder, name), content);
      }
      await runOk('git', ['add', '-A'], { cwd: folder, env });
      await runOk('git', ['commit', '-q', '--allow-empty', '-m', message], { cwd: folder, env });
      return (await runOk('git', ['rev-parse', 'HEAD'], { cwd: folder, env })).stdout.trim();
    },
    push: (...args) => git(['push', ...(args.length > 0 ? args : ['heroku', 'main'])]),
    heroku: (args, options = {}) => installation.heroku(args, { cwd: folder, ...options }),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
  await copy.commit(files, 'First version');
  return copy;
}

/** A web app without dependencies that tells what it is, with a worker, a clock and a task. */
export function sampleApp(version: string): Files {
  return {
    'package.json': JSON.stringify({ name: 'sample', version: '1.0.0', scripts: { start: 'node web.js' } }),
    Procfile: 'web: node web.js\nworker: node loop.js worker\nclock: node loop.js clock\ntask: echo task ran with\n',
    'web.js': `const { createServer } = require('node:http');
const boot = require('node:crypto').randomUUID();
createServer((request, response) => {
  console.log('request ' + request.url);
  if (request.url === '/exit') return process.exit(7);
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ version: ${JSON.stringify(version)}, dyno: process.env.DYNO, greeting: process.env.GREETING ?? null, boot, headers: request.headers }));
}).listen(process.env.PORT, () => console.log('listening on ' + process.env.PORT));
process.on('SIGTERM', () => { console.log('goodbye'); process.exit(0); });
`,
    'loop.js': `let count = 0;
const beat = () => console.log(process.argv[2] + ' beat ' + count++);
beat();
setInterval(beat, 1000);
`,
  };
}
