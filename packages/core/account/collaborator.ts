/** What a person may do with an app, as Heroku teams name it. */
export type AppPermission = 'view' | 'deploy' | 'operate' | 'manage';

/** Access of one account to one app. The owner is a collaborator with every permission. */
export interface Collaborator {
  readonly id: string;
  readonly appId: string;
  readonly accountId: string;
  readonly role: 'owner' | 'collaborator';
  readonly permissions: readonly AppPermission[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
