import { createInterface } from 'node:readline';
import { type Duplex, Writable } from 'node:stream';
import { buildFailureLines, pushRejectedLines } from '@jangada/core';
import { planPush, type RefUpdate } from './ref-update.ts';

/** A push that wants to deploy, while its objects are still in quarantine. */
export interface Push {
  readonly repoId: string;
  readonly appName: string;
  /** What `authorize` returned. */
  readonly actor: unknown;
  readonly repoPath: string;
  /** The commit to deploy, and the branch it was pushed to. */
  readonly deploy: RefUpdate;
  /** All refs of the push, `deploy` among them. */
  readonly updates: readonly RefUpdate[];
  /** Where the new objects are: for `readCommitSource`. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the person reads, as it comes (the side band). Never fails: when the person goes away the push goes on. */
  readonly output: Writable;
  /** Aborts when git died, so that nobody can take the push any more, or when the server closes. */
  readonly signal: AbortSignal;
}

export type OnPush = (push: Push) => Promise<{ readonly accepted: boolean }>;

export interface PushSessionOptions {
  readonly repoId: string;
  readonly appName: string;
  readonly actor: unknown;
  readonly repoPath: string;
  readonly onPush: OnPush;
  /** Told about what went wrong inside `onPush`. */
  readonly report: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/**
 * The platform's side of `hooks/pre-receive`: `verdict` carries what the hook knows and back the decision, `display` the text
 * for the person. Resolves when the hook has its verdict, or ended before it asked (nothing to push).
 */
export async function servePushHook(verdict: Duplex, display: Duplex, options: PushSessionOptions): Promise<void> {
  verdict.on('error', () => undefined);
  display.on('error', () => undefined);
  // Nothing comes back on this one, but only a socket that is read notices its end.
  display.resume();
  const question = await readQuestion(verdict);
  if (!question) return;
  const output = tolerantOutput(display);
  const accepted = await decide(question, output, options);
  if (!accepted) writeLines(output, pushRejectedLines(options.appName));
  await ended(output);
  verdict.end(accepted ? 'accept\n' : 'reject\n');
}

async function decide(question: Question, output: Writable, options: PushSessionOptions): Promise<boolean> {
  const plan = planPush(question.updates);
  if (plan.kind === 'refuse') {
    writeLines(
      output,
      plan.notices.map((sentence) => ` !     ${sentence}`),
    );
    return false;
  }
  writeLines(output, plan.notices);
  if (plan.kind === 'store') return true;
  try {
    const { repoId, appName, actor, repoPath, signal } = options;
    const push = { repoId, appName, actor, repoPath, signal, deploy: plan.deploy, ...question, output };
    return (await options.onPush(push)).accepted;
  } catch (error) {
    options.report(error);
    writeLines(
      output,
      buildFailureLines({ kind: 'platform', reason: 'Try again; the operator finds the cause in the log.' }),
    );
    return false;
  }
}

interface Question {
  readonly environment: Readonly<Record<string, string>>;
  readonly updates: readonly RefUpdate[];
}

/** What the hook sends up to the blank line; null when it ends before. */
function readQuestion(verdict: Duplex): Promise<Question | null> {
  const environment: Record<string, string> = {};
  const updates: RefUpdate[] = [];
  return new Promise((resolve) => {
    const lines = createInterface({ input: verdict, crlfDelay: 0 });
    lines.on('line', (line) => {
      if (line === '') {
        resolve({ environment, updates });
        lines.close();
        verdict.resume();
        return;
      }
      const variable = /^(GIT_[A-Z_]+)=(.*)$/.exec(line);
      const [before = '', after = '', ref = ''] = line.split(' ');
      if (!variable) updates.push({ ref, before, after });
      else if (variable[2] !== '') environment[variable[1] as string] = variable[2] as string;
    });
    lines.on('close', () => resolve(null));
  });
}

/** Passes on to `display` for as long as it is there. */
function tolerantOutput(display: Duplex): Writable {
  return new Writable({
    write: (chunk, _encoding, done) => {
      if (display.destroyed || display.writableEnded) done();
      else display.write(chunk, () => done());
    },
    final: (done) => {
      if (display.destroyed) done();
      else display.end(() => done());
    },
  });
}

function writeLines(output: Writable, lines: readonly string[]): void {
  for (const line of lines) output.write(`${line}\n`);
}

function ended(output: Writable): Promise<void> {
  return new Promise((resolve) => {
    output.once('close', () => resolve());
    output.end();
  });
}
