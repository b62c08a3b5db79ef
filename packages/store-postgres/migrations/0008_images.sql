-- What each process type runs on the container stack; null for slugs.

alter table slugs add column images json;
