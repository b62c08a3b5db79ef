import { inject } from 'vitest';
import type { Installation } from './installation.ts';
import { attachInstallation } from './installation.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly installation: { readonly home: string; readonly settings: Readonly<Record<string, string>> };
  }
}

/** The installation that all end-to-end tests of a run share; tests use apps of their own. */
export function sharedInstallation(): Promise<Installation> {
  const { home, settings } = inject('installation');
  return attachInstallation(home, settings);
}
