/** One ref that a push changes. A sha of zeros stands for "does not exist". */
export interface RefUpdate {
  readonly ref: string;
  readonly before: string;
  readonly after: string;
}

/** What is to be done with a push. */
export type PushPlan =
  /** A commit for a deploy branch; other refs of the same push are stored when it is accepted. */
  | { readonly kind: 'deploy'; readonly deploy: RefUpdate; readonly notices: readonly string[] }
  /** Nothing to build: refs are stored, and the notices say that. */
  | { readonly kind: 'store'; readonly notices: readonly string[] }
  | { readonly kind: 'refuse'; readonly notices: readonly string[] };

/** Branches that deploy when they are pushed. */
export const DEPLOY_BRANCHES: readonly string[] = ['main', 'master'];

/**
 * Sorts a push: `main` and `master` deploy, other branches and tags are stored, deploy branches cannot be deleted. Both deploy
 * branches at once are taken when they point at the same commit.
 */
export function planPush(updates: readonly RefUpdate[]): PushPlan {
  const deploys = updates.filter((update) => DEPLOY_BRANCHES.includes(branchOf(update.ref) ?? ''));
  const deleted = deploys.find((update) => isZero(update.after));
  if (deleted) {
    return refuse(
      `The branch ${branchOf(deleted.ref)} cannot be deleted: it is what the app runs.`,
      'To remove the app use: heroku apps:destroy',
    );
  }
  const unknown = updates.find((update) => !/^refs\/(heads|tags)\/./.test(update.ref));
  if (unknown) return refuse(`Only branches and tags can be pushed, not ${unknown.ref}.`);

  const [deploy, second] = deploys;
  if (deploy && second && deploy.after !== second.after) {
    return refuse('main and master point at different commits. Push one of them: both deploy the app.');
  }
  const notices = updates
    .filter((update) => !deploys.includes(update) && !isZero(update.after))
    .map((update) => storedNotice(update.ref));
  return deploy ? { kind: 'deploy', deploy, notices } : { kind: 'store', notices };
}

function storedNotice(ref: string): string {
  const branch = branchOf(ref);
  if (branch === null) return `The tag ${ref.slice('refs/tags/'.length)} is stored. Tags are not deployed.`;
  return `Pushed to non-main branch ${branch}, skipping build. To deploy it: git push heroku ${branch}:main`;
}

function refuse(...sentences: string[]): PushPlan {
  return { kind: 'refuse', notices: sentences };
}

function branchOf(ref: string): string | null {
  return ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : null;
}

function isZero(sha: string): boolean {
  return /^0+$/.test(sha);
}
