import type { TestProject } from 'vitest/node';
import { startInstallation } from './installation.ts';
import './shared-installation.ts';

/** Starts one platform for the whole run and stops it at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const installation = await startInstallation();
  project.provide('installation', { home: installation.home, settings: installation.settings });
  return () => installation.remove();
}
