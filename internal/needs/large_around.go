package needs

import (
	"fmt"
	"time"
)

// around is what stands around customers, orders and messages: what they got,
// said and sent back, what staff did, and what the shop told of lately.
func around(customers int, now time.Time) []many {
	end, codes, hooks := now.UnixMicro(), customers, customers
	at := func(rows int) string { return over(rows, now) }
	one := fmt.Sprintf(`'c' || (1 + i %% %d), 'o' || (1 + i %% %d), 'msg_' || (1000000000 + i)`, customers, 3*customers)
	standing := `case when i % 1000 = 0 then 'failed' when i % 1000 = 1 then 'planned' when i % 500 = 2 then 'revoked' when i % 5 = 3 then 'used' when i % 5 = 4 then 'works' else 'expired' end`
	return []many{
		{codes, `effects (shop_id, id, message_id, customer_id, kind, name, journey, standing, state, data, created_at, updated_at)`,
			fmt.Sprintf(`'eff_' || (1000000000 + i), 'msg_' || (1000000000 + i), 'c' || (1 + i %% %d), 'discount_code', 'grazie-' || i, case i %% 10 when 0 then 'apology' else 'birthday_coupon' end, `, customers) + standing + `, 'done',
			'{"id":"eff_' || (1000000000 + i) || '","kind":"discount_code","state":"done","worth":{"minor":500,"currency":"EUR"},"code":{"code":"GRAZIE-' || i || '","customer_id":"c1","kind":"percentage","percent":10,"zone":"Europe/Rome"},"created_at":"2026-03-05T10:00:00Z"}', ` + at(codes) + `, ` + at(codes)},
		{codes, `rewards (shop_id, id, customer_id, effect_id, kind, order_id, amount, currency, at, promised_at)`,
			fmt.Sprintf(`'rwd_' || (1000000000 + i), 'c' || (1 + i %% %d), 'eff_' || (1000000000 + i), 'promised', '', 500, 'EUR', `, customers) + at(codes) + `, ` + at(codes)},
		{customers / 10, `tasks (shop_id, id, kind, source, customer_id, order_id, message_id, detail, created_at, done_at, done_by)`,
			`'tsk_' || (1000000000 + i), case i % 3 when 0 then 'low_rating' when 1 then 'tell_customer' else 'call_problem' end, 'review:' || i, ` + one + `, 'She is not content.', ` + at(customers/10) + `, case i % 50 when 0 then 0 else ` + at(customers/10) + ` end, 'Kim: done'`},
		{customers / 5, `reviews (shop_id, id, order_id, customer_id, message_id, rating, data, created_at)`,
			fmt.Sprintf(`'rev_' || (1000000000 + i), 'o' || i, 'c' || (1 + i %% %d), 'msg_' || (1000000000 + i), 1 + i %% 5,
			'{"id":"rev_' || (1000000000 + i) || '","order_id":"o' || i || '","customer_id":"c' || (1 + i %% %d) || '","rating":' || (1 + i %% 5) || ',"text":"A fine soap.","publish":true,"created_at":"2026-03-05T10:00:00Z","updated_at":"2026-03-05T10:00:00Z"}', `, customers, customers) + at(customers/5)},
		{customers / 5, `returns (shop_id, id, order_id, customer_id, status, revision, data)`,
			fmt.Sprintf(`'' || (1000000000 + i), 'o' || i, 'c' || (1 + i %% %[1]d), case i %% 100 when 0 then 'requested' when 1 then 'open' else 'closed' end, 1,
			'{"id":"' || (1000000000 + i) || '","name":"#' || i || '-R1","order_id":"o' || i || '","customer_id":"c' || (1 + i %% %[1]d) || '","status":"' || case i %% 100 when 0 then 'requested' when 1 then 'open' else 'closed' end || '","value":{"minor":4200,"currency":"EUR"},"fee":{"minor":500,"currency":"EUR"},"requested_at":"2026-03-05T10:00:00Z"}'`, customers)},
		{customers / 50, `suppressions (shop_id, email_hash, scope, reason, created_at)`, `'hash' || (i * 50), case i % 2 when 0 then 'all' else 'marketing' end, 'unsubscribed', ` + at(customers/50)},
		{customers / 3, `consents (shop_id, id, customer_id, source, old, new, level, wording, actor, evidence, told_at, at)`,
			`'con_' || (1000000000 + i), 'c' || (3 * i), 'platform', '', 'subscribed', 'single_opt_in', '', '', '', ` + at(customers/3) + `, ` + at(customers/3)},
		{customers / 20, `calls (shop_id, order_id, customer_id, state, tries, due_at, updated_at)`,
			`'o' || (4 * i), 'c' || (1 + 4 * i), case i % 100 when 0 then 'again' when 1 then 'never' else 'happy' end, 1, ` + at(customers/20) + `, ` + at(customers/20)},
		{customers / 20, `call_tries (shop_id, order_id, n, customer_id, outcome, note, staff_id, by_staff, at)`,
			`'o' || (4 * i), 1, 'c' || (1 + 4 * i), case i % 100 when 0 then 'not_reached' when 1 then 'never' else 'happy' end, '', 'stf_1', 'Kim', ` + at(customers/20)},
		{hooks, `webhooks (shop_id, id, delivery_id, event_id, topic, version, state, duplicates, triggered_at, received_at, processed_at, rung_at, headers, body)`,
			`'whk_' || (1000000000 + i), 'd' || i, 'e' || i, case i % 3 when 0 then 'customers/update' else 'orders/updated' end, '2026-07', case when i % 1000 = 0 then 'failed' when i % 10 = 1 then 'ignored' else 'processed' end, case i % 700 when 0 then 1 else 0 end, ` +
				fmt.Sprintf(`%[1]d - (%[2]d - i) * 20000000, %[1]d - (%[2]d - i) * 20000000, %[1]d - (%[2]d - i) * 20000000, %[1]d, '{"X-Topic":"orders/updated"}', cast(char(2) || char(4) || '{}' as blob)`, end, hooks)},
		{customers, `feedback (shop_id, id, message_id, journey, purpose, kind, class, domain, email_hash, at, detail)`,
			`'fb_' || i, 'msg_' || (1000000000 + i), 'thank_you', 'marketing', 'delivered', '', 'mail.example', 'hash' || i, ` + at(customers) + `, ''`},
		{30, `bulks (shop_id, id, state, data, created_at)`, `'blk_' || (1000 + i), 'done', '{"id":"blk_' || (1000 + i) || '","state":"done","journey":"apology","ask":{},"per_minute":60,"total":5000,"created_at":"2026-03-05T10:00:00Z"}', ` + at(30)},
		{30 * customers / 20, `bulk_items (shop_id, bulk_id, position, target, state, message_id)`, fmt.Sprintf(`'blk_' || (1001 + i / %[1]d), i %% %[1]d, 'order:' || i, case i %% 100 when 0 then 'refused' else 'planned' end, 'msg_' || (1000000000 + i)`, customers/20+1)},
		{customers / 2, `audit (shop_id, seq, at, staff_id, actor, action, target, why, detail, previous, hash)`,
			`i, ` + at(customers/2) + `, 'stf_1', case i % 3 when 0 then 'Kim' else 'Luca' end, case i % 50 when 0 then 'customers.suppress' else 'customers.one' end, 'c' || i, '', '', '', 'hash' || i`},
		{1, `audit_heads (shop_id, seq, hash)`, fmt.Sprintf(`%[1]d, 'hash' || %[1]d`, customers/2)},
	}
}
