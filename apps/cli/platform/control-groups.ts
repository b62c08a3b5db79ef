import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/**
 * Removes the empty control groups in which the node agent had builds, named after the installation: on version 1 one for each
 * controller, a slice with systemd. Those below them go first.
 */
export async function removeControlGroups(installId: string, root = ROOT): Promise<void> {
  const names = [`jangada_${installId}`, `jangada_${installId}.slice`];
  const controllers = (await readdir(root).catch(() => [])).map((name) => join(root, name));
  for (const folder of [root, ...controllers].flatMap((parent) => names.map((name) => join(parent, name)))) {
    await rmdir(join(folder, 'platform')).catch(() => undefined);
    // One that systemd still holds goes with its slice.
    await rmdir(folder).catch(() => undefined);
  }
}
