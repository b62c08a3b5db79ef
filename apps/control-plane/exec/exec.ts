import type { Socket } from 'node:net';
import { execHost } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Member } from '@jangada/process';
import type { Context } from '../context.ts';
import { openHostKey } from './host-key.ts';
import { EXEC_PORT, listenExec } from './listen-exec.ts';
import type { Presence } from './presence.ts';
import { createSshServer, type SshServer } from './ssh-server.ts';

/** Heroku Exec of this control plane. */
export interface Exec extends Member, Presence {
  /** Host and key that clients are told. Throws `exec_unavailable` when nothing listens for them. */
  tunnel(): { readonly host: string; readonly publicKey: string };
  /** Serves an SSH client that came through another port than the one of `tunnel`; breaks it off when nothing listens there. */
  readonly accept: (client: Socket) => void;
}

export function createExec(context: Context, presence: Presence): Exec {
  const host = execHost(context.settings);
  let open: {
    readonly listening: { close(): Promise<void> };
    readonly ssh: SshServer;
    readonly publicKey: string;
  } | null = null;
  let reason = 'The platform is still starting.';

  return {
    ...presence,
    name: 'exec',
    tunnel() {
      if (open) return { host, publicKey: open.publicKey };
      throw new PlatformError('exec_unavailable', `Heroku Exec is not there: ${reason}`);
    },
    accept: (client) => (open ? open.ssh.accept(client) : client.destroy()),
    async start() {
      const hostKey = await openHostKey(context.home.execHostKey);
      const ssh = createSshServer(context, { hostKey, isBusy: presence.isBusy });
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
