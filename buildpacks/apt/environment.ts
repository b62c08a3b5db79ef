import { quoted } from '../kit/output.ts';

/** Where packages are, from the app's folder. */
export const PLACE = '.apt';

/** Heroku's variables for the apt buildpack; `triple` is the folder of the machine's kind, as Debian names it. */
function variables(root: string, triple: string): Readonly<Record<string, readonly string[]>> {
  const at = (...paths: readonly string[]): readonly string[] => paths.map((path) => `${root}/${PLACE}/${path}`);
  const libraries = at(`usr/lib/${triple}`, 'usr/lib', `lib/${triple}`, 'lib');
  const headers = at(`usr/include/${triple}`, 'usr/include');
  return {
    PATH: at('usr/bin', 'usr/sbin', 'bin', 'usr/games'),
    LD_LIBRARY_PATH: libraries,
    LIBRARY_PATH: libraries,
    INCLUDE_PATH: headers,
    CPATH: headers,
    CPPPATH: headers,
    PKG_CONFIG_PATH: at(`usr/lib/${triple}/pkgconfig`, 'usr/lib/pkgconfig', 'usr/share/pkgconfig'),
  };
}

/** A script that puts the packages' folders before what the variables have. `root` is a text for a shell. */
export function aptScript(root: string, arch: string): string {
  const triple = arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return Object.entries(variables('$jangada_root', triple))
    .map(([name, paths]) => `export ${name}="${paths.join(':')}\${${name}:+:$${name}}"\n`)
    .reduce((script, line) => script + line, `jangada_root=${root}\n`)
    .concat('unset jangada_root\n');
}

/** Sourced when a dyno boots. */
export function aptProfile(arch: string): string {
  return aptScript('"$HOME"', arch);
}

/** Sourced before the next buildpack. */
export function exportFile(appFolder: string, arch: string): string {
  return aptScript(quoted(appFolder), arch);
}
