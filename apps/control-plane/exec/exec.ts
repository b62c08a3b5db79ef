import { execHost } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Member } from '@jangada/process';
import type { Context } from '../context.ts';
import { openHostKey } from './host-key.ts';
import { EXEC_PORT, listenExec } from './listen-exec.ts';
import { createSshServer, type SshServer } from './ssh-server.ts';

/** What the rest of the control plane does for people inside dynos. */
export interface ExecHelp {
  /** Asks for the app's sleeping dynos. */
  wake(appId: string): void;
  isBusy(appId: string): void;
}

/** Heroku Exec of this control plane. */
export interface Exec extends Member, Pick<ExecHelp, 'wake'> {
  /** Host and key that clients are told. Throws `exec_unavailable` when nothing listens for them. */
  tunnel(): { readonly host: string; readonly publicKey: string };
}

export function createExec(context: Context, { wake, isBusy }: ExecHelp): Exec {
  const host = execHost(context.settings);
  let open: {
    readonly listening: { close(): Promise<void> };
    readonly ssh: SshServer;
    readonly publicKey: string;
  } | null = null;
  let reason = 'The platform is still starting.';

  return {
    name: 'exec',
    wake,
    tunnel() {
      if (open) return { host, publicKey: open.publicKey };
      throw new PlatformError('exec_unavailable', `Heroku Exec is not there: ${reason}`);
    },
    async start() {
      const hostKey = await openHostKey(context.home.execHostKey);
      const ssh = createSshServer(context, { hostKey, isBusy });
      try {
        open = { listening: await listenExec(host, EXEC_PORT, ssh.accept), ssh, publicKey: hostKey.publicKey };
      } catch (error) {
        // Everything else of the platform works without it.
        reason = error instanceof Error ? error.message : String(error);
        context.report('exec.listen-failed', { reason });
      }
    },
    async stop() {
      const closed = open?.listening.close();
      open?.ssh.close();
      await closed;
    },
  };
}
