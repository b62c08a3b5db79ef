/** A switch of an app (`heroku features`, `heroku labs`). A row exists once it was ever changed. */
export interface AppFeature {
  readonly id: string;
  readonly appId: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
