-- What goes with an account is found by it.

create index on sources (account_id);
create index on app_setups (account_id);
