package shopify

import (
	"strconv"
	"strings"

	"grazie/crm"
	"grazie/integrations"
)

// What the Admin API tells of orders and customers, by the operations in
// admin/raw. It becomes the body that a webhook would have, so that both are
// read by the same rules.

type moneyNode struct {
	Amount   scalar `json:"amount"`
	Currency string `json:"currencyCode"`
}

type bagNode struct {
	Shop        moneyNode `json:"shopMoney"`
	Presentment moneyNode `json:"presentmentMoney"`
}

type addressNode struct {
	FirstName    string `json:"firstName"`
	LastName     string `json:"lastName"`
	Company      string `json:"company"`
	Address1     string `json:"address1"`
	Address2     string `json:"address2"`
	City         string `json:"city"`
	Province     string `json:"province"`
	ProvinceCode string `json:"provinceCode"`
	Country      string `json:"country"`
	CountryCode  string `json:"countryCodeV2"`
}

type attributeNode struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type orderNode struct {
	ID                  scalar            `json:"id"`
	Name                string            `json:"name"`
	Email               string            `json:"email"`
	Test                bool              `json:"test"`
	Tags                []string          `json:"tags"`
	CreatedAt           scalar            `json:"createdAt"`
	ProcessedAt         scalar            `json:"processedAt"`
	UpdatedAt           scalar            `json:"updatedAt"`
	CancelledAt         scalar            `json:"cancelledAt"`
	CustomerLocale      string            `json:"customerLocale"`
	Currency            string            `json:"currencyCode"`
	PresentmentCurrency string            `json:"presentmentCurrencyCode"`
	FinancialStatus     string            `json:"displayFinancialStatus"`
	SourceName          string            `json:"sourceName"`
	DiscountCodes       []string          `json:"discountCodes"`
	Total               bagNode           `json:"totalPriceSet"`
	Subtotal            bagNode           `json:"subtotalPriceSet"`
	Attributes          []attributeNode   `json:"customAttributes"`
	Purchaser           purchaserNode     `json:"purchasingEntity"`
	Customer            customerNode      `json:"customer"`
	ShippingAddress     addressNode       `json:"shippingAddress"`
	BillingAddress      addressNode       `json:"billingAddress"`
	ShippingLine        shippingNode      `json:"shippingLine"`
	Fulfillments        []fulfillmentNode `json:"fulfillments"`
	Refunds             []refundNode      `json:"refunds"`
	Lines               linesNode         `json:"lineItems"` // in a bulk file they are lines of their own
}

type purchaserNode struct {
	Type string `json:"__typename"`
}

type linesNode struct {
	Nodes []lineNode `json:"nodes"`
}

type lineNode struct {
	ID               scalar           `json:"id"`
	Parent           scalar           `json:"__parentId"`
	Title            string           `json:"title"`
	VariantTitle     string           `json:"variantTitle"`
	Quantity         scalar           `json:"quantity"`
	CurrentQuantity  scalar           `json:"currentQuantity"`
	GiftCard         bool             `json:"isGiftCard"`
	RequiresShipping bool             `json:"requiresShipping"`
	Product          idNode           `json:"product"`
	Price            bagNode          `json:"originalUnitPriceSet"`
	Attributes       []attributeNode  `json:"customAttributes"`
	Allocations      []allocationNode `json:"discountAllocations"`
}

type idNode struct {
	ID scalar `json:"id"`
}

type allocationNode struct {
	Amount   bagNode      `json:"allocatedAmountSet"`
	Discount discountNode `json:"discountApplication"`
}

type discountNode struct {
	Index scalar `json:"index"`
	Code  string `json:"code"`
}

type shippingNode struct {
	Title            string           `json:"title"`
	Code             string           `json:"code"`
	Source           string           `json:"source"`
	DeliveryCategory string           `json:"deliveryCategory"`
	IsRemoved        bool             `json:"isRemoved"`
	Allocations      []allocationNode `json:"discountAllocations"`
}

type fulfillmentNode struct {
	ID            scalar `json:"id"`
	Status        string `json:"status"`
	DisplayStatus string `json:"displayStatus"`
	CreatedAt     scalar `json:"createdAt"`
	UpdatedAt     scalar `json:"updatedAt"`
	DeliveredAt   scalar `json:"deliveredAt"`
}

type refundNode struct {
	ID        scalar  `json:"id"`
	CreatedAt scalar  `json:"createdAt"`
	Total     bagNode `json:"totalRefundedSet"`
}

type customerNode struct {
	ID             scalar        `json:"id"`
	FirstName      string        `json:"firstName"`
	LastName       string        `json:"lastName"`
	Locale         string        `json:"locale"`
	CreatedAt      scalar        `json:"createdAt"`
	UpdatedAt      scalar        `json:"updatedAt"`
	Orders         scalar        `json:"numberOfOrders"`
	DefaultAddress addressNode   `json:"defaultAddress"`
	Email          emailNode     `json:"defaultEmailAddress"`
	Birthday       metafieldNode `json:"metafield"`
}

type emailNode struct {
	Address    string `json:"emailAddress"`
	State      string `json:"marketingState"`
	OptInLevel string `json:"marketingOptInLevel"`
	UpdatedAt  scalar `json:"marketingUpdatedAt"`
}

type metafieldNode struct {
	Value     label `json:"value"`
	UpdatedAt label `json:"updatedAt"`
}

// readOrderNode reads an order as the API tells it.
func readOrderNode(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var n orderNode
	if !r.decode(body, &n) {
		return nil
	}
	return r.tellOrderNode(e, &n)
}

func (r *reader) tellOrderNode(e integrations.Envelope, n *orderNode) []crm.Event {
	r.isGlobal("Order", n.ID)
	b := r.orderOf(n)
	events := r.tellOrder(e, b)
	if len(events) == 0 {
		return nil
	}
	o := events[0].Order
	o.Company = o.Company || n.Purchaser.Type == "PurchasingCompany"
	for i, f := range n.Fulfillments { // finer than what webhooks tell of an order: when it happened
		if at := r.time("deliveredAt", f.DeliveredAt); !at.IsZero() && o.Fulfillments[i].Status != "cancelled" {
			o.Fulfillments[i].DeliveredAt = at
		}
	}
	return events
}

// readCustomerNode reads a customer as the API tells her.
func readCustomerNode(r *reader, e integrations.Envelope, body []byte) []crm.Event {
	var n customerNode
	if !r.decode(body, &n) {
		return nil
	}
	return r.tellCustomerNode(e, &n)
}

// isGlobal holds that something is what the API told: the topic of a webhook is
// not signed, and the bodies of webhooks have plain ids.
func (r *reader) isGlobal(kind string, id scalar) {
	if !strings.HasPrefix(string(id), "gid://shopify/"+kind+"/") {
		r.fail("id", "is not the API's id of this kind of thing")
	}
}

func (r *reader) tellCustomerNode(e integrations.Envelope, n *customerNode) []crm.Event {
	r.isGlobal("Customer", n.ID)
	events := r.tellCustomer(e, n.body())
	for _, told := range events {
		told.Customer.Locale = locale(n.Locale)
	}
	return events
}

func (r *reader) orderOf(n *orderNode) *orderBody {
	b := &orderBody{
		ID: n.ID, Name: n.Name, Email: n.Email, Test: n.Test, Tags: strings.Join(n.Tags, ","),
		CreatedAt: n.CreatedAt, ProcessedAt: n.ProcessedAt, UpdatedAt: n.UpdatedAt, CancelledAt: n.CancelledAt,
		CustomerLocale: n.CustomerLocale, Currency: n.Currency, PresentmentCurrency: n.PresentmentCurrency,
		FinancialStatus: n.FinancialStatus, SourceName: n.SourceName,
		TotalPriceSet:    bothSet{money(n.Total.Shop), money(n.Total.Presentment)},
		SubtotalPriceSet: n.Subtotal.set(), NoteAttributes: attributesOf(n.Attributes), Customer: n.Customer.body(),
		ShippingAddress: addressBody(n.ShippingAddress), BillingAddress: addressBody(n.BillingAddress),
	}
	for _, l := range n.Lines.Nodes {
		b.LineItems = append(b.LineItems, lineItemBody{
			ID: l.ID, ProductID: l.Product.ID, ProductExists: l.Product.ID != "", Title: l.Title, VariantTitle: l.VariantTitle,
			Quantity: l.Quantity, CurrentQuantity: l.CurrentQuantity, PriceSet: l.Price.set(), GiftCard: l.GiftCard,
			RequiresShipping: l.RequiresShipping, Properties: attributesOf(l.Attributes), Allocations: r.allocations(b, l.Allocations),
		})
	}
	if s := n.ShippingLine; s.Title != "" || s.Code != "" {
		b.ShippingLines = []shippingLine{{Code: s.Code, Title: s.Title, Source: s.Source, DeliveryCategory: s.DeliveryCategory,
			IsRemoved: s.IsRemoved, Allocations: r.allocations(b, s.Allocations)}}
	}
	for _, code := range n.DiscountCodes { // those that took nothing off stand nowhere else
		b.Discounts = append(b.Discounts, discountBody{Type: "discount_code", Code: code})
	}
	for _, f := range n.Fulfillments {
		b.Fulfillments = append(b.Fulfillments, fulfillmentBody{ID: f.ID, Status: f.Status, ShipmentStatus: shipment[f.DisplayStatus],
			CreatedAt: f.CreatedAt, UpdatedAt: f.UpdatedAt})
	}
	for _, f := range n.Refunds {
		b.Refunds = append(b.Refunds, refundBody{ID: f.ID, CreatedAt: f.CreatedAt,
			Transactions: []transactionBody{{Kind: "refund", Status: "success", AmountSet: f.Total.set()}}})
	}
	return b
}

// maxDiscounts is far beyond what an order may hold.
const maxDiscounts = 1000

// allocations are what discounts took off a line. Each finds its place in the
// body's list by the index that the API tells.
func (r *reader) allocations(b *orderBody, nodes []allocationNode) []allocationBody {
	var list []allocationBody
	for _, a := range nodes {
		i, err := strconv.Atoi(string(a.Discount.Index))
		if err != nil || i < 0 || i > maxDiscounts {
			r.fail("discountApplication.index", "is not the place of a discount")
			return nil
		}
		for len(b.Discounts) <= i {
			b.Discounts = append(b.Discounts, discountBody{})
		}
		if a.Discount.Code != "" {
			b.Discounts[i] = discountBody{Type: "discount_code", Code: a.Discount.Code}
		}
		list = append(list, allocationBody{AmountSet: a.Amount.set(), Discount: a.Discount.Index})
	}
	return list
}

// shipment are a parcel's states in the words of webhooks; the others say
// nothing of where it is.
var shipment = map[string]string{
	"LABEL_PURCHASED": "label_purchased", "LABEL_PRINTED": "label_printed", "READY_FOR_PICKUP": "ready_for_pickup", "CONFIRMED": "confirmed",
	"CARRIER_PICKED_UP": "carrier_picked_up", "IN_TRANSIT": "in_transit", "DELAYED": "delayed", "OUT_FOR_DELIVERY": "out_for_delivery",
	"ATTEMPTED_DELIVERY": "attempted_delivery", "DELIVERED": delivered, "FAILURE": "failure", "NOT_DELIVERED": "failure",
}

func (b bagNode) set() shopSet { return shopSet{money(b.Shop)} }

func attributesOf(nodes []attributeNode) attributes {
	var list attributes
	for _, n := range nodes {
		list = append(list, attribute{label(n.Key), label(n.Value)})
	}
	return list
}

func (n customerNode) body() customerBody {
	b := customerBody{
		ID: n.ID, Email: n.Email.Address, FirstName: n.FirstName, LastName: n.LastName, OrdersCount: n.Orders,
		CreatedAt: n.CreatedAt, UpdatedAt: n.UpdatedAt, DefaultAddress: addressBody(n.DefaultAddress),
		Consent: consentBody{State: n.Email.State, OptInLevel: n.Email.OptInLevel, UpdatedAt: n.Email.UpdatedAt},
	}
	if n.Birthday.Value != "" {
		b.Metafields = metafields{{Namespace: birthNamespace, Key: birthKey, Value: n.Birthday.Value, UpdatedAt: n.Birthday.UpdatedAt}}
	}
	return b
}
