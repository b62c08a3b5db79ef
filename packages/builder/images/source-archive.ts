import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { PlatformError } from '@jangada/platform-api';
import { extract, type Header, pack } from 'tar-stream';

/** Bytes of one file that is looked into. */
const MAX_TEXT_BYTES = 1024 * 1024;

/**
 * The source of a build as a plain archive that can be read again. Entries go from it to the next archive: no link of a
 * stranger is followed on the machine.
 */
export interface SourceArchive {
  /** Reads these files. A link in the place of one counts as the file that it leads to in the tree. */
  texts(paths: readonly string[]): Promise<SourceTexts>;
  /**
   * An archive of a folder of it (empty: all of it). `isLeftOut` is asked with paths in that folder. The file `checked` at the top
   * of it is written once more at the end, with this text: whatever entries came before, links too, it is what was looked at.
   */
  folder(path: string, checked: CheckedFile, isLeftOut: (path: string) => boolean): Readable;
}

export interface CheckedFile {
  readonly name: string;
  readonly text: string;
}

export interface SourceTexts {
  /** By path; those that are not there, or no files, are left out. */
  readonly texts: ReadonlyMap<string, string>;
  /** Paths that are links, or lead through one. In a folder of the archive they may lead elsewhere, or nowhere. */
  readonly linked: ReadonlySet<string>;
}

/**
 * Reads an archive that a build container has packed: `.` is the app. The container could have written anything, so it is a
 * stranger's. Throws `invalid_params` for what is no archive.
 */
export async function openSourceArchive(file: string): Promise<SourceArchive> {
  if (!(await lstat(file)).isFile()) throw damaged();
  return {
    async texts(paths) {
      const { texts, links, linked } = await readTexts(file, paths);
      if (links.size === 0) return { texts, linked };
      const targets = await readTexts(file, [...links.values()]);
      const followed = [...links].flatMap(([path, target]): [string, string][] => {
        const text = targets.texts.get(target);
        return text === undefined ? [] : [[path, text]];
      });
      return { texts: new Map([...texts, ...followed]), linked };
    },

    folder: (path, checked, isLeftOut) => repack(file, path, checked, isLeftOut),
  };
}

interface Texts extends SourceTexts {
  /** Links in the place of files, with where in the tree they lead. */
  readonly links: ReadonlyMap<string, string>;
}

async function readTexts(file: string, paths: readonly string[]): Promise<Texts> {
  const wanted = new Set(paths);
  const texts = new Map<string, string>();
  const links = new Map<string, string>();
  const linked = new Set<string>();
  await eachEntry(file, '', async (path, header, content) => {
    if (header.type === 'symlink' || header.type === 'link') {
      for (const name of wanted) if (name === path || name.startsWith(`${path}/`)) linked.add(name);
    }
    if (!wanted.has(path)) return;
    if (header.type === 'symlink' && header.linkname) links.set(path, targetOf(path, header.linkname));
    if (header.type !== 'file' || (header.size ?? 0) > MAX_TEXT_BYTES) return;
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(chunk);
    texts.set(path, Buffer.concat(chunks).toString('utf8'));
  });
  return { texts, links, linked };
}

/** The root of the tree is that of all links in it. */
function targetOf(path: string, linkname: string): string {
  return posix.resolve('/', posix.dirname(path), linkname).slice(1);
}

/** Another archive out of the entries below `root`. */
function repack(file: string, root: string, checked: CheckedFile, isLeftOut: (path: string) => boolean): Readable {
  let mode = 0o644;
  const target = pack();
  // BuildKit looks at the first kilobyte only to tell an archive from a Dockerfile, and a long or accented name needs more.
  target.entry({ name: './', type: 'directory', mode: 0o755 });
  eachEntry(file, root, async (path, header, content) => {
    if (isLeftOut(path)) return;
    const { type, mtime, size, linkname } = header;
    if (path === checked.name) mode = header.mode ?? mode;
    const base = {
      name: path,
      type: type ?? 'file',
      mode: header.mode ?? 0o644,
      mtime: mtime ?? new Date(),
      uid: 0,
      gid: 0,
    };
    if (type === 'file') {
      const entry = target.entry({ ...base, size: size ?? 0 });
      for await (const chunk of content) {
        if (!entry.write(chunk)) await either(entry, 'drain', 'close');
        // Nobody reads any more.
        if (target.destroyed) throw damaged();
      }
      entry.end(null);
      if (!entry.destroyed) await either(entry, 'finish', 'close');
    } else if (type === 'directory') {
      target.entry(base);
    } else if (type === 'symlink' && linkname) {
      target.entry({ ...base, linkname });
    } else if (type === 'link' && linkname) {
      const inside = below(root, linkname);
      if (inside !== null && inside !== '') target.entry({ ...base, linkname: inside });
    }
  }).then(
    () => {
      target.entry({ name: checked.name, mode, mtime: new Date(), uid: 0, gid: 0 }, checked.text);
      target.finalize();
    },
    (error: unknown) => target.destroy(error instanceof Error ? error : damaged()),
  );
  return Readable.from(target, { objectMode: false });
}

/** Resolves with the first of these events, and listens no longer: large content has many of them. */
function either(emitter: Pick<NodeJS.EventEmitter, 'on' | 'off'>, ...events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      for (const event of events) emitter.off(event, end);
      resolve();
    };
    for (const event of events) emitter.on(event, end);
  });
}

/** Entries below `root` in order, with their paths in it. Throws `invalid_params` when the archive is damaged. */
async function eachEntry(
  file: string,
  root: string,
  take: (path: string, header: Header, content: AsyncIterable<Buffer>) => Promise<void>,
): Promise<void> {
  const archive = createReadStream(file);
  const entries = extract();
  archive.on('error', (error) => entries.destroy(error));
  archive.pipe(entries as unknown as NodeJS.WritableStream);
  try {
    for await (const entry of entries) {
      const path = below(root, entry.header.name);
      if (path !== null && path !== '') await take(path, entry.header, entry as AsyncIterable<Buffer>);
      entry.resume();
    }
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    throw damaged();
  } finally {
    archive.destroy();
  }
}

/** A path of the archive as one below `root`, without dots and doubled slashes; null when it is not. Throws for `..`. */
function below(root: string, name: string): string | null {
  const names = name.split('/').filter((part) => part !== '' && part !== '.');
  if (names.includes('..'))
    throw new PlatformError('invalid_params', `The archive has a path with "..": ${name.slice(0, 200)}.`);
  const path = names.join('/');
  if (root === '') return path;
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : null;
}

function damaged(): PlatformError {
  return new PlatformError('invalid_params', 'The archive is damaged. Pack and upload it again.');
}
