-- +goose Up
-- What the console's lists walk, from the newest on.

-- What staff asked for one by one; a bulk job has a list of its own. The text of a
-- note cannot look like the key: JSON writes its quotes with a backslash.
create index messages_by_hand on messages (shop_id, id) where ask <> '' and ask not like '%"bulk":%';
create index messages_for_approval on messages (shop_id, id) where state = 'planned' and reason = 'needs_approval';

create index bulk_items_by_state on bulk_items (bulk_id, state, position, shop_id);
create index returns_by_status on returns (status, shop_id, id);
create index reviews_by_rating on reviews (rating, shop_id, id);

-- Of discount codes: the journey that gives it, and how it stands; see crm.CodeStanding.
alter table effects add column journey text not null default '';
alter table effects add column standing text not null default ''; -- empty: no code
update effects set
    journey = coalesce((select m.journey from messages m where m.shop_id = effects.shop_id and m.id = effects.message_id), ''),
    standing = case
        when data like '%"uses":[{%' then 'used'
        when data like '%"ended":"expired"%' then 'expired'
        when data like '%"ended":"revoked"%' or state = 'undone' then 'revoked'
        when state = 'done' then 'works'
        when state = 'failed' then 'failed'
        else 'planned' end
    where kind = 'discount_code';
create index codes_by_shop on effects (shop_id, id) where standing <> '';
create index codes_by_standing on effects (standing, shop_id, id) where standing <> '';
create index codes_by_journey on effects (journey, shop_id, id) where standing <> '';
create index codes_by_journey_and_standing on effects (journey, standing, shop_id, id) where standing <> '';

-- What a year's gifts come to is summed in the index alone.
drop index rewards_by_promise;
create index rewards_by_promise on rewards (promised_at, shop_id, currency, kind, amount);
