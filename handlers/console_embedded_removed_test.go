package handlers_test

import (
	"net/http"
	"testing"
)

// Who was removed from the staff stays out, whatever her shop's admin says of her;
// and that nobody is left makes the next one who comes no owner.
func TestEmbeddedRemovedForGood(t *testing.T) {
	onEachCabin(t, func(t *testing.T, c *cabin) {
		c.asks("5", "") // the first: the owner, and all the staff there is
		p, err := c.store.StaffByIdentity(t.Context(), "shopify", c.shop.ID+"/5")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.store.RemoveStaff(t.Context(), p.ID); err != nil {
			t.Fatal(err)
		}
		if a := c.asks("5", ""); a.status != http.StatusNotFound {
			t.Errorf("she is in again: %d", a.status)
		}
		c.asks("6", "")
		if got := c.role("6"); got != "support" {
			t.Errorf("who comes after her is %s", got)
		}
	})
}
