'use strict';
// A background process: says what it does, ends in order when it is asked to.
console.log(`${process.env.DYNO} works`);
const timer = setInterval(() => console.log('did some work'), 10_000);
process.on('SIGTERM', () => {
  clearInterval(timer);
  console.log('finished');
});
