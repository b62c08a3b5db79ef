import { constants, watch } from 'node:fs';
import { open, opendir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { isPlatformError } from '@jangada/platform-api';
import type { NodeRuntime } from './node-runtimes.ts';
import type { Asker, LanguageRuntime, RuntimeShelf } from './runtime-shelf.ts';

/** What a buildpack asks: one JSON file `<number>.json` in its requests folder. */
interface Question {
  /** `node`, or one of the stack's or the operator's runtimes: `python`. */
  readonly runtime: string;
  /** In the form of semver; null for the default. */
  readonly range: string | null;
  /** Node.js only: beyond its Active LTS line. */
  readonly wide: boolean;
}

/** What it gets in a file of the same name: the runtime, or a sentence why there is none. */
export type RuntimeAnswer =
  /** To the question for `installed-packages`: what every dyno of the stack has, as dpkg writes it. */
  { readonly status: string } | NodeRuntime | LanguageRuntime | { readonly name: string } | { readonly error: string };

/** Questions one build may ask: a limit for guests that ask without end. */
const MAX_QUESTIONS = 16;
/** Names of a folder that are looked at: more than questions, drafts and some left-overs need. */
const MAX_NAMES = 100;
/** Changes of the folder that are listened to. Polling goes on. */
const MAX_EVENTS = 1_000;
const POLL_MS = 100;
const PAUSE_MS = 20;

/**
 * Answers a build's questions for runtimes until the signal aborts. Buildpacks can only ask for versions; what is fetched, from
 * where, and that it is what the registry published, is decided here. `say` writes a line to the build's output.
 */
export function serveRuntimeDesk(
  folders: { readonly requests: string; readonly answers: string },
  shelf: RuntimeShelf,
  asker: Asker,
  say: (line: string) => void,
  signal: AbortSignal,
  readNames: typeof readFirstNames = readFirstNames,
): void {
  const seen = new Set<string>();
  let events = 0;
  let isLooking = false;
  let isChanged = false;

  /** One look at a time, with a pause between two: guests change the folder as often as they like. */
  const look = async (): Promise<void> => {
    isChanged = true;
    if (isLooking) return;
    isLooking = true;
    while (isChanged && !signal.aborted && seen.size < MAX_QUESTIONS) {
      isChanged = false;
      (await readNames(folders.requests)).forEach(ask);
      await setTimeout(PAUSE_MS);
    }
    isLooking = false;
  };

  const ask = (name: string): void => {
    if (!/^\d{1,2}\.json$/.test(name) || seen.has(name) || seen.size >= MAX_QUESTIONS) return;
    seen.add(name);
    void answer(name);
    if (seen.size === MAX_QUESTIONS) close();
  };

  const answer = async (name: string): Promise<void> => {
    const result = await answerTo(await readQuestion(join(folders.requests, name)), shelf, asker, say);
    const draft = join(folders.answers, `${name}.draft`);
    await writeFile(draft, JSON.stringify(result)).catch(() => undefined);
    await rename(draft, join(folders.answers, name)).catch(() => undefined);
  };

  const watcher = watch(folders.requests, () => {
    if (++events === MAX_EVENTS) watcher.close();
    void look();
  });
  watcher.on('error', () => undefined);
  const timer = setInterval(() => void look(), POLL_MS);
  const close = (): void => {
    clearInterval(timer);
    watcher.close();
    signal.removeEventListener('abort', close);
  };
  signal.addEventListener('abort', close, { once: true });
}

/** The first names in a folder, in no order; none when it cannot be read. A guest may have put any number there. */
export async function readFirstNames(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const { name } of await opendir(folder)) {
      if (names.push(name) === MAX_NAMES) break;
    }
  } catch {
    // What was read before counts.
  }
  return names;
}

async function answerTo(
  question: Question | null,
  shelf: RuntimeShelf,
  asker: Asker,
  say: (line: string) => void,
): Promise<RuntimeAnswer> {
  if (!question) return { error: 'The question for a runtime cannot be read.' };
  try {
    const { runtime, range, wide } = question;
    if (runtime === 'installed-packages') return { status: (await asker.installed()) ?? '' };
    if (runtime === 'node-headers') return { name: await shelf.headers(range ?? '', say) };
    return runtime === 'node' ? await shelf.node(range, wide, say) : await shelf.language(asker, runtime, range, say);
  } catch (error) {
    if (!isPlatformError(error)) asker.failed(error);
    return { error: isPlatformError(error) ? error.message : 'The platform could not provide the runtime. Try again.' };
  }
}

/** Null for anything that is not a question; no link is followed. */
async function readQuestion(file: string): Promise<Question | null> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4_096), 0, 4_096, 0);
      const value = JSON.parse(buffer.subarray(0, bytesRead).toString('utf8')) as Partial<Question> | null;
      if (typeof value?.runtime !== 'string') return null;
      return {
        runtime: value.runtime,
        range: typeof value.range === 'string' ? value.range : null,
        wide: value.wide === true,
      };
    } finally {
      await handle.close();
    }
  } catch {
    return null;
  }
}
