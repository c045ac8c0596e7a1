-- +goose Up

-- Lines of one person, of one action, and of one day.
create index audit_by_actor on audit (shop_id, actor, seq);
create index audit_by_action on audit (shop_id, action, seq);
create index audit_by_time on audit (shop_id, at, seq);
