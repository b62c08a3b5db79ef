'use strict';
// A schedule kept by a process: exactly one dyno of this type should run.
const every = Number(process.env.TICK_SECONDS ?? 60) * 1000;
console.log(`${process.env.DYNO} ticks every ${every / 1000} s`);
const timer = setInterval(() => console.log(`tick ${new Date().toISOString()}`), every);
process.on('SIGTERM', () => clearInterval(timer));
