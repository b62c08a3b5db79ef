-- Pipelines, which app is at which stage of one, and promotions with the apps that they released on.

create table pipelines (
  id text collate "C" primary key,
  name text collate "C" not null unique,
  owner_id text collate "C" not null references accounts,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on pipelines (owner_id);

create table pipeline_couplings (
  id text collate "C" primary key,
  app_id text collate "C" not null unique references apps on delete cascade,
  pipeline_id text collate "C" not null references pipelines on delete cascade,
  stage text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on pipeline_couplings (pipeline_id);

-- The app that was promoted from, and its release, may be gone.
create table pipeline_promotions (
  id text collate "C" primary key,
  pipeline_id text collate "C" not null references pipelines on delete cascade,
  source_app_id text collate "C" not null,
  source_release_id text collate "C" not null,
  user_id text collate "C" not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null
);
create index on pipeline_promotions (pipeline_id);

create table pipeline_promotion_targets (
  id text collate "C" primary key,
  promotion_id text collate "C" not null references pipeline_promotions on delete cascade,
  app_id text collate "C" not null references apps on delete cascade,
  release_id text collate "C",
  status text not null,
  error_message text,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  unique (promotion_id, app_id)
);
create index on pipeline_promotion_targets (app_id);
create index on pipeline_promotion_targets (release_id);
