import { statfs } from 'node:fs/promises';
import type { BuildFailure } from '@jangada/core';

/** Refuses builds before the disk is full, so that what runs keeps its room. */
export interface DiskGuard {
  /** Null while there is room for a build. */
  check(): Promise<BuildFailure | null>;
  /** Looks twice a second; calls `full` once when a build under way has used up what is kept free. Ends with the signal. */
  watch(full: (failure: BuildFailure) => void, signal: AbortSignal): void;
}

const PACE_MS = 500;
const GIGABYTE = 1024 ** 3;

/** `minimumFree`: bytes that must be free below `folder` to begin a build; half of that is kept from builds under way. */
export function createDiskGuard(folder: string, minimumFree: number): DiskGuard {
  const lack = async (minimum: number): Promise<BuildFailure | null> => {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free >= minimum) return null;
    const sentence = `${inGigabytes(free)} are free, ${inGigabytes(minimum)} are needed. The operator has to make room; the app goes on serving.`;
    return { kind: 'disk_full', reason: sentence };
  };
  return {
    check: () => lack(minimumFree),

    watch(full, signal) {
      const timer = setInterval(async () => {
        const failure = await lack(minimumFree / 2).catch(() => null);
        if (!failure || signal.aborted) return;
        clearInterval(timer);
        full(failure);
      }, PACE_MS);
      signal.addEventListener('abort', () => clearInterval(timer), { once: true });
    },
  };
}

function inGigabytes(bytes: number): string {
  return `${(bytes / GIGABYTE).toFixed(1)} GB`;
}
