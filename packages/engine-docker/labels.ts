import { type DynoSpec, SLUG_UID } from '@jangada/core';

/** What a container says about its dyno: all that a new agent knows of it. */
export interface DynoLabels {
  readonly dynoId: string;
  readonly appId: string;
  readonly appName: string;
  readonly name: string;
  readonly type: string;
  readonly version: number;
  readonly port: number | null;
  readonly slug: string | null;
  readonly captureOutput: boolean;
  /** Its user on the machine. */
  readonly uid: number;
}

/** The label that every object of an installation carries. */
export const INSTALL_LABEL = 'jangada.install';

/** The label that says which dyno a container is. */
export const DYNO_LABEL = 'jangada.dyno';

/** The label that says whose dyno a container is. */
export const APP_LABEL = 'jangada.app';

/** The label with the digest of a dyno's slug; empty without one. */
export const SLUG_LABEL = 'jangada.slug';

/** The label of containers that hold a network for a dyno. */
export const SANDBOX_LABEL = 'jangada.sandbox';

/** The label with a dyno's user id: other installations stay away from it. */
export const UID_LABEL = 'jangada.uid';

/**
 * Labels of a container that is no dyno and whose image may be anybody's. The engine gives a container the labels of its image
 * too: those that we read are there, empty, so that no image says anything in our name.
 */
export function plainLabels(installId: string): Readonly<Record<string, string>> {
  return {
    [INSTALL_LABEL]: installId,
    [APP_LABEL]: '',
    'jangada.app-name': '',
    [DYNO_LABEL]: '',
    'jangada.name': '',
    'jangada.type': '',
    'jangada.version': '',
    'jangada.port': '',
    [SLUG_LABEL]: '',
    'jangada.capture': '',
    [SANDBOX_LABEL]: '',
    [UID_LABEL]: '',
  };
}

export function labelsOf(spec: DynoSpec, installId: string, uid: number): Readonly<Record<string, string>> {
  return {
    ...plainLabels(installId),
    [APP_LABEL]: spec.appId,
    'jangada.app-name': spec.appName,
    [DYNO_LABEL]: spec.dynoId,
    'jangada.name': spec.name,
    'jangada.type': spec.type,
    'jangada.version': String(spec.version),
    'jangada.port': spec.port === null ? '' : String(spec.port),
    [SLUG_LABEL]: spec.slug ?? '',
    'jangada.capture': String(spec.captureOutput),
    [UID_LABEL]: String(uid),
  };
}

/** The value of Docker's `filters` for what the installation has, or for what of it has these labels, be they empty. */
export function ownFilter(installId: string, ...labels: readonly string[]): string {
  return encodeURIComponent(JSON.stringify({ label: [`${INSTALL_LABEL}=${installId}`, ...labels] }));
}

/** Whether they are those of a sandbox. A dyno of an earlier version may have such a label from its image. */
export function isSandbox(labels: Readonly<Record<string, string>>): boolean {
  return Boolean(labels[SANDBOX_LABEL]) && !labels[DYNO_LABEL];
}

/** Null when they are not those of a dyno. */
export function readLabels(labels: Readonly<Record<string, string>> | null): DynoLabels | null {
  const dynoId = labels?.[DYNO_LABEL];
  if (!labels || !dynoId) return null;
  return {
    dynoId,
    appId: labels[APP_LABEL] ?? '',
    appName: labels['jangada.app-name'] ?? '',
    name: labels['jangada.name'] ?? '',
    type: labels['jangada.type'] ?? '',
    version: Number(labels['jangada.version'] ?? 0),
    port: labels['jangada.port'] ? Number(labels['jangada.port']) : null,
    slug: labels[SLUG_LABEL] || null,
    captureOutput: labels['jangada.capture'] === 'true',
    // Dynos of versions that gave all of them one id have no label.
    uid: Number(labels[UID_LABEL] || SLUG_UID),
  };
}
