package main

import (
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"grazie/integrations/shopify/admin"
	"grazie/internal/needs"
)

// texts are what is sent as it is: single questions, and the queries that stand
// as a text in a bulk operation, which nobody else checks.
func texts(t *testing.T) map[string]string {
	all := map[string]string{"OneOrder": admin.Raw("OneOrder"), "ChangedCustomers": admin.Raw("ChangedCustomers"), "AllCustomers": admin.Bulk("AllCustomers", nil)}
	for name, products := range map[string]bool{"AllOrders": true, "AllOrders without products": false} {
		text := admin.Bulk("AllOrders", map[string]bool{"products": products})
		all[name] = text
		if strings.Contains(text, "product {") != products || strings.ContainsAny(text, "@$") || text[0] != '{' || strings.Contains(text, "...Order") || !strings.Contains(text, "... on DiscountCode") {
			t.Errorf("%s is no text for a bulk operation:\n%s", name, text)
		}
	}
	return all
}

func validRaw(t *testing.T, sdl string) {
	schema, err := gqlparser.LoadSchema(&ast.Source{Input: sdl})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range texts(t) {
		if _, errs := gqlparser.LoadQueryWithRules(schema, text, nil); errs != nil || text == "" {
			t.Errorf("%s is not valid: %v\n%s", name, errs, text)
		}
	}
}

func TestRaw(t *testing.T) {
	validRaw(t, read(t, "../schema.graphql"))
	if admin.Raw("NoSuchThing") != "" {
		t.Error("there is an operation that nobody wrote")
	}
}

func TestRawWholeSchema(t *testing.T) {
	validRaw(t, read(t, needs.Contracts(t), "shopify", "admin-2026-10.graphql"))
}
