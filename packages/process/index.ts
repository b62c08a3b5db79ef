export { type Report, report } from './report.ts';
export { type Member, runMembers } from './run-members.ts';
