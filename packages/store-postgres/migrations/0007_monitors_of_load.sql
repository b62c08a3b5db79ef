-- Monitors by requests in flight and by the depth of a queue, beside those by response time.

alter table monitors rename column target_ms to target;
alter table monitors
  add column metric text collate "C" not null default 'latency',
  add column queue_url bytea;
alter table monitors alter column metric drop default;
