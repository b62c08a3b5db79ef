import { BuildError } from '../kit/build-error.ts';

/** Who installs an app's packages, and the file that says which. */
export interface PackageManager {
  readonly name: 'pip' | 'pipenv' | 'poetry' | 'uv';
  readonly title: string;
  readonly file: string;
}

const BY_FILE: Readonly<Record<string, Pick<PackageManager, 'name' | 'title'>>> = {
  'Pipfile.lock': { name: 'pipenv', title: 'Pipenv' },
  'requirements.txt': { name: 'pip', title: 'pip' },
  'poetry.lock': { name: 'poetry', title: 'Poetry' },
  'uv.lock': { name: 'uv', title: 'uv' },
};

/** The one manager of the app, from the names at the top of its tree. Throws BuildError when there is none, or more than one. */
export function choosePackageManager(files: readonly string[]): PackageManager {
  const found = Object.entries(BY_FILE).flatMap(([file, manager]) =>
    files.includes(file) ? [{ ...manager, file }] : [],
  );
  if (found.length > 1) {
    const names = found.map(({ file }) => file);
    throw new BuildError(
      `Files of ${found.length} package managers found: ${names.join(', ')}.`,
      'Keep the one that you install packages with, delete the others and commit.',
    );
  }
  if (found[0]) return found[0];
  if (files.includes('Pipfile')) {
    throw new BuildError('There is a Pipfile but no Pipfile.lock.', 'Run "pipenv lock" and commit Pipfile.lock.');
  }
  if (files.includes('setup.py')) return { name: 'pip', title: 'pip', file: 'setup.py' };
  if (files.includes('pyproject.toml')) {
    throw new BuildError(
      'There is a pyproject.toml, but no file that says which versions of packages to install.',
      'Run "uv lock" or "poetry lock" and commit the lockfile, or add a requirements.txt.',
    );
  }
  throw new BuildError(
    'There is no file that says which packages to install: requirements.txt, Pipfile.lock, poetry.lock or uv.lock.',
    'Add a requirements.txt to the top folder of the app; it may be empty.',
  );
}

/** Where the build has its things. */
export interface InstallPlaces {
  /** The app's environment, at its place in dynos. */
  readonly environment: string;
  /** Of Pipenv, Poetry and uv: the program. */
  readonly program: string;
}

/** Installs what the app's file says into its environment. */
export function installCommand(manager: PackageManager, places: InstallPlaces): readonly string[] {
  switch (manager.name) {
    case 'pip': {
      const what = manager.file === 'setup.py' ? ['.'] : ['-r', manager.file];
      const pip = [`${places.environment}/bin/python`, '-m', 'pip', 'install', '--exists-action=w'];
      return [...pip, `--src=${places.environment}/src`, '--progress-bar=off', ...what];
    }
    case 'pipenv':
      return [
        places.program,
        'install',
        '--system',
        '--deploy',
        '--ignore-pipfile',
        '--extra-pip-args=--progress-bar=off',
      ];
    case 'poetry':
      return [places.program, 'sync', '--only=main', '--no-interaction', '--no-ansi', '--no-root'];
    case 'uv':
      return [
        places.program,
        'sync',
        '--locked',
        '--no-default-groups',
        '--no-install-project',
        '--color=never',
        '--no-progress',
      ];
  }
}

/** What a failed installation says about its cause, as advice. */
export function explainFailure(output: readonly string[]): readonly string[] {
  const text = output.join('\n');
  const missing = /No matching distribution found for ([^\s(]+)/.exec(text)?.[1];
  if (missing) {
    return [
      `The package index has no version of ${missing} that fits this Python: correct its version.`,
      'Another index is named by the config var PIP_INDEX_URL or PIP_EXTRA_INDEX_URL.',
    ];
  }
  if (/(?:gcc|cc|g\+\+|cargo|rustc)\b.*(?:No such file|not found)|can't find Rust compiler/i.test(text)) {
    return [
      'A package is compiled here, and its compiler is not in the build image (yet).',
      'The operator sees with "jangada status" when the build layer of the stack is ready; push again then.',
    ];
  }
  const header = /fatal error: (\S+\.h): No such file/.exec(text)?.[1];
  if (header) return [`A package needs the C header ${header}: add its Debian package to an Aptfile, or use a wheel.`];
  if (
    /(?:Pipfile\.lock|lock ?file).*(?:out of date|out of sync|needs to be updated|changed significantly)/i.test(text)
  ) {
    return ['The lockfile does not fit what the app requires: lock again and commit the lockfile.'];
  }
  if (/DO NOT MATCH THE HASHES/.test(text)) {
    return ['A package is not what its hash says: lock again if its publisher replaced it, or find out who did.'];
  }
  return [];
}
