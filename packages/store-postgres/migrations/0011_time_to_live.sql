-- Seconds after its start at which a one-off is ended; null: after its day.

alter table dynos add column time_to_live integer;
