/** Writes one line of the platform's own log. `detail` holds no secrets. */
export type Report = (event: string, detail?: Readonly<Record<string, unknown>>) => void;

/** One JSON line on standard error: `{"at":…,"event":…}`. */
export const report: Report = (event, detail = {}) => {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...detail })}\n`);
};
