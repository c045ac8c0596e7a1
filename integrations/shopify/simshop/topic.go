package simshop

import (
	"path/filepath"
	"slices"
	"strings"
)

// resources are the topics' first parts that hold underscores themselves.
var resources = strings.Fields(`app_purchases_one_time app_subscriptions audit_events bulk_operations collection_listings
	collection_publications company_contact_roles company_contacts company_locations customer_account_settings customer_groups
	customer_payment_methods customers_email_marketing_consent customers_marketing_consent customers_whats_app_marketing_consent
	delivery_promise_settings draft_orders finance_app_staff_member finance_kyc_information fulfillment_events fulfillment_holds
	fulfillment_orders inventory_items inventory_levels inventory_shipments inventory_transfers markets_backup_region
	metafield_definitions order_transactions payment_schedules payment_terms product_feeds product_listings product_publications
	reverse_deliveries reverse_fulfillment_orders scheduled_product_listings selling_plan_groups shipping_addresses
	subscription_billing_attempts subscription_billing_cycle_edits subscription_billing_cycles subscription_contracts
	tax_services tender_transactions`)

// dotted are the first parts of the topics that are written with a dot.
var dotted = []string{"customer"}

// Topic is the topic of a body that is stored as "orders_create.variant.json":
// a slash stands where the name has its first underscore after the resource.
func Topic(file string) string {
	name, variant, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), ".")
	if slices.Contains(dotted, name) {
		action, _, _ := strings.Cut(variant, ".")
		return name + "." + action
	}
	for _, r := range resources {
		if action, ok := strings.CutPrefix(name, r+"_"); ok {
			return r + "/" + action
		}
	}
	return strings.Replace(name, "_", "/", 1)
}
