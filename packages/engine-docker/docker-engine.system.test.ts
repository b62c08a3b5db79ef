import { engineConformance, SHELL_PROGRAMS } from '@jangada/conformance';
import { openTestInstallation, TEST_IMAGE } from './test-installation.ts';

engineConformance('the Docker engine', async () => {
  const { engine, close } = await openTestInstallation();
  return { engine, image: TEST_IMAGE, programs: SHELL_PROGRAMS, close };
});
