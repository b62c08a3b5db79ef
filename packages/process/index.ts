export { type Member, runMembers } from './run-members.ts';
export { type Report, report } from './report.ts';
