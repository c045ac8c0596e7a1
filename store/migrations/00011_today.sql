-- +goose Up

-- What the console counts: by day what was sent, what ended otherwise, what waits.
-- Here the shop may stand first: the conditions are written as no other statement
-- writes them, so that none is led here by the shop alone, and what counts is not
-- led elsewhere (decision 34).
create index messages_sent_by_time on messages (shop_id, sent_at) where sent_at <> 0;
create index messages_not_sent on messages (shop_id, state, updated_at, id) where '' || state in ('skipped', 'failed', 'unknown', 'bounced', 'complained');
create index messages_upcoming on messages (shop_id, due_at, journey, state) where '' || state = 'planned';
create index webhooks_failed on webhooks (shop_id, received_at) where '' || state = 'failed';
