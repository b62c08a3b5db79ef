/** A part of the process that is started in order and stopped in reverse. */
export interface Member {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

export type Report = (event: string, detail?: Readonly<Record<string, unknown>>) => void;

/** Starts members one after another. When one fails, those before it are stopped and its error is thrown. Gives what stops all. */
export async function startMembers(members: readonly Member[], report: Report): Promise<() => Promise<void>> {
  const started: Member[] = [];
  const stop = async (): Promise<void> => {
    for (const member of started.splice(0).reverse()) {
      await member.stop().catch((error) => report('stop.failed', { member: member.name, reason: String(error) }));
    }
  };
  for (const member of members) {
    try {
      await member.start();
      started.push(member);
    } catch (error) {
      await stop();
      throw error;
    }
  }
  return stop;
}
