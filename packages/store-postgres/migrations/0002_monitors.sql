create table monitors (
  id text collate "C" primary key,
  app_id text collate "C" not null references apps on delete cascade,
  type text collate "C" not null,
  is_active boolean not null,
  min_quantity integer not null,
  max_quantity integer not null,
  target_ms integer not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (app_id, type)
);
