-- +goose Up

-- What the console counts: by day what was sent, what ended otherwise, what waits.
-- Here the shop may stand first: what is compared with 0, which it always is not,
-- stands in no other statement, so that none is led here by the shop alone
-- (decision 34).
create index messages_sent_by_time on messages (shop_id, sent_at) where sent_at <> 0;
create index messages_not_sent on messages (shop_id, state, updated_at) where updated_at <> 0 and state in ('skipped', 'failed', 'unknown', 'bounced', 'complained');
create index messages_upcoming on messages (shop_id, due_at, journey) where due_at <> 0 and state = 'planned';
create index webhooks_failed on webhooks (shop_id, received_at) where received_at <> 0 and state = 'failed';
