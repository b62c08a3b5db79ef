import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What the files of pnpm say about an app. */
export interface PnpmSettings {
  /** Several packages in one repository. */
  readonly workspace: boolean;
  /** Folders of the workspace's packages, the top one as `.`; empty without a workspace. */
  readonly folders: readonly string[];
  /** A package of the workspace with scripts that an install would run; null without one. */
  readonly withInstallScripts: string | null;
}

const RUN_BY_INSTALL = ['pnpm:devPreinstall', 'preinstall', 'install', 'postinstall', 'prepare'];

/** Reads `pnpm-workspace.yaml`, which since pnpm 10.5 may hold settings only. */
export function readPnpmSettings(app: string): PnpmSettings {
  const file = join(app, 'pnpm-workspace.yaml');
  const workspace = existsSync(file) && /^packages:/m.test(readFileSync(file, 'utf8'));
  const folders = workspace ? packagesIn(app) : [];
  const withInstallScripts = folders.find((folder) => hasInstallScripts(join(app, folder, 'package.json'))) ?? null;
  return { workspace, folders, withInstallScripts };
}

function packagesIn(app: string): readonly string[] {
  const exclude = (path: string): boolean => /(^|\/)(node_modules|\.\w+)$/.test(path);
  return globSync('**/package.json', { cwd: app, exclude })
    .map((path) => dirname(path))
    .sort();
}

/** Not each package.json of a repository is good: a fixture may be broken on purpose. */
function hasInstallScripts(file: string): boolean {
  try {
    const { scripts } = JSON.parse(readFileSync(file, 'utf8')) as { readonly scripts?: unknown };
    return typeof scripts === 'object' && scripts !== null && RUN_BY_INSTALL.some((name) => name in scripts);
  } catch {
    return false;
  }
}
