import { BuildError } from '../kit/build-error.ts';

/** Which Python an app asks for. */
export interface WantedPython {
  /** `3.13` or `3.13.5`; null when the app does not say. */
  readonly version: string | null;
  /** Where that is written. */
  readonly from: string;
}

/** What an app has, by file name; null for what it has not. */
export interface VersionFiles {
  readonly 'runtime.txt': string | null;
  readonly '.python-version': string | null;
  readonly 'Pipfile.lock': string | null;
}

/**
 * runtime.txt (`python-3.13.5`), then .python-version, then what Pipfile.lock requires, then the version of the last build
 * (`sticky`), as on Heroku. Throws BuildError for what cannot be read.
 */
export function wantedPython(files: VersionFiles, sticky: string | null): WantedPython {
  if (files['runtime.txt'] !== null) {
    const version = /^python-(3\.\d+(?:\.\d+)?)$/.exec(files['runtime.txt'].trim())?.[1];
    if (version) return { version, from: 'runtime.txt' };
    throw new BuildError(
      `runtime.txt says "${files['runtime.txt'].trim().slice(0, 60)}", which is no version of Python.`,
      'Delete it and write the version, such as 3.13, into a file named .python-version.',
    );
  }
  if (files['.python-version'] !== null) return fromVersionFile(files['.python-version']);
  if (files['Pipfile.lock'] !== null) {
    const version = pipfileVersion(files['Pipfile.lock']);
    if (version !== null) return { version, from: 'Pipfile.lock' };
  }
  if (sticky !== null) return { version: sticky, from: 'the last build' };
  return { version: null, from: 'the default' };
}

function fromVersionFile(content: string): WantedPython {
  const versions = content.split('\n').flatMap((line) => {
    const text = line.replace(/#.*/, '').trim();
    return text === '' ? [] : [text];
  });
  const [first, ...others] = versions;
  const version = /^(?:python-)?(3\.\d+(?:\.\d+)?)$/.exec(first ?? '')?.[1];
  if (others.length === 0 && version) return { version, from: '.python-version' };
  throw new BuildError(
    versions.length === 0
      ? 'The file .python-version is empty.'
      : others.length > 0
        ? `The file .python-version has ${versions.length} versions, but an app runs on one.`
        : `The file .python-version says "${first?.slice(0, 60)}", which is no version of Python.`,
    'Write one version into it, such as 3.13.',
  );
}

function pipfileVersion(lock: string): string | null {
  const requires = readJson(lock)._meta?.requires;
  const version = requires?.python_full_version ?? requires?.python_version ?? null;
  if (version === null || version === '*' || version === '3') return null;
  if (/^3\.\d+(\.\d+)?$/.test(version)) return version;
  throw new BuildError(
    `Pipfile.lock requires Python "${version}", which is no version of Python.`,
    'Correct python_version in the Pipfile, and run "pipenv lock".',
  );
}

interface PipfileLock {
  readonly _meta?: { readonly requires?: { readonly python_version?: string; readonly python_full_version?: string } };
}

function readJson(text: string): PipfileLock {
  try {
    return JSON.parse(text) as PipfileLock;
  } catch {
    throw new BuildError('Pipfile.lock is no valid JSON.', 'Run "pipenv lock" and commit what it writes.');
  }
}
