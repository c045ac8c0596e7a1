package simshop

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"grazie/crm"
)

// The bodies, with their fields in Shopify's sequence. Fields that are null in
// nearly every real body are of type empty.

type empty = *struct{}

type amount struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency_code"`
}

type set struct {
	Shop        amount `json:"shop_money"`
	Presentment amount `json:"presentment_money"`
}

type pair struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type orderBody struct {
	ID                   uint64            `json:"id"`
	GlobalID             string            `json:"admin_graphql_api_id"`
	AppID                int               `json:"app_id"`
	BrowserIP            string            `json:"browser_ip"`
	AcceptsMarketing     bool              `json:"buyer_accepts_marketing"`
	CancelReason         *string           `json:"cancel_reason"`
	CancelledAt          *stamp            `json:"cancelled_at"`
	CartToken            *string           `json:"cart_token"`
	CheckoutToken        *string           `json:"checkout_token"`
	ClientDetails        *clientDetails    `json:"client_details"`
	ClosedAt             *stamp            `json:"closed_at"`
	Company              empty             `json:"company"`
	ConfirmationNumber   string            `json:"confirmation_number"`
	Confirmed            bool              `json:"confirmed"`
	ContactEmail         *string           `json:"contact_email"`
	CreatedAt            stamp             `json:"created_at"`
	Currency             string            `json:"currency"`
	CurrentSubtotalPrice string            `json:"current_subtotal_price"`
	CurrentTotalPrice    string            `json:"current_total_price"`
	CustomerLocale       *string           `json:"customer_locale"`
	DiscountCodes        []codeBody        `json:"discount_codes"`
	Email                string            `json:"email"`
	FinancialStatus      string            `json:"financial_status"`
	FulfillmentStatus    *string           `json:"fulfillment_status"`
	LandingSite          *string           `json:"landing_site"`
	Name                 string            `json:"name"`
	Note                 *string           `json:"note"`
	NoteAttributes       []pair            `json:"note_attributes"`
	Number               int               `json:"number"`
	OrderNumber          int               `json:"order_number"`
	OrderStatusURL       string            `json:"order_status_url"`
	PaymentGateways      []string          `json:"payment_gateway_names"`
	Phone                empty             `json:"phone"`
	PresentmentCurrency  string            `json:"presentment_currency"`
	ProcessedAt          stamp             `json:"processed_at"`
	ReferringSite        *string           `json:"referring_site"`
	SourceName           string            `json:"source_name"`
	SubtotalPrice        string            `json:"subtotal_price"`
	SubtotalSet          set               `json:"subtotal_price_set"`
	Tags                 string            `json:"tags"`
	TaxExempt            bool              `json:"tax_exempt"`
	TaxesIncluded        bool              `json:"taxes_included"`
	Test                 bool              `json:"test"`
	Token                string            `json:"token"`
	TotalDiscounts       string            `json:"total_discounts"`
	TotalLineItemsPrice  string            `json:"total_line_items_price"`
	TotalOutstanding     string            `json:"total_outstanding"`
	TotalPrice           string            `json:"total_price"`
	TotalSet             set               `json:"total_price_set"`
	TotalShippingSet     set               `json:"total_shipping_price_set"`
	TotalTax             string            `json:"total_tax"`
	TotalTipReceived     string            `json:"total_tip_received"`
	TotalWeight          int               `json:"total_weight"`
	UpdatedAt            stamp             `json:"updated_at"`
	BillingAddress       *addressBody      `json:"billing_address"`
	Customer             *customerBody     `json:"customer"`
	DiscountApplications []applicationBody `json:"discount_applications"`
	Fulfillments         []fulfillmentBody `json:"fulfillments"`
	LineItems            []lineItemBody    `json:"line_items"`
	PaymentTerms         empty             `json:"payment_terms"`
	Refunds              []refundBody      `json:"refunds"`
	ShippingAddress      *addressBody      `json:"shipping_address"`
	ShippingLines        []shippingLine    `json:"shipping_lines"`
	Returns              []empty           `json:"returns"`
}

type clientDetails struct {
	AcceptLanguage string `json:"accept_language"`
	BrowserHeight  empty  `json:"browser_height"`
	BrowserIP      string `json:"browser_ip"`
	BrowserWidth   empty  `json:"browser_width"`
	SessionHash    empty  `json:"session_hash"`
	UserAgent      string `json:"user_agent"`
}

type lineItemBody struct {
	ID                  uint64           `json:"id"`
	GlobalID            string           `json:"admin_graphql_api_id"`
	CurrentQuantity     int              `json:"current_quantity"`
	FulfillableQuantity int              `json:"fulfillable_quantity"`
	FulfillmentService  string           `json:"fulfillment_service"`
	FulfillmentStatus   *string          `json:"fulfillment_status"`
	GiftCard            bool             `json:"gift_card"`
	Grams               int              `json:"grams"`
	Name                string           `json:"name"`
	Price               string           `json:"price"`
	PriceSet            set              `json:"price_set"`
	ProductExists       bool             `json:"product_exists"`
	ProductID           uint64           `json:"product_id"`
	Properties          []pair           `json:"properties"`
	Quantity            int              `json:"quantity"`
	RequiresShipping    bool             `json:"requires_shipping"`
	SKU                 string           `json:"sku"`
	Taxable             bool             `json:"taxable"`
	Title               string           `json:"title"`
	TotalDiscount       string           `json:"total_discount"`
	VariantID           uint64           `json:"variant_id"`
	VariantTitle        *string          `json:"variant_title"`
	Vendor              string           `json:"vendor"`
	TaxLines            []empty          `json:"tax_lines"`
	DiscountAllocations []allocationBody `json:"discount_allocations"`
}

type shippingLine struct {
	ID                  uint64           `json:"id"`
	Carrier             empty            `json:"carrier_identifier"`
	Code                string           `json:"code"`
	DeliveryCategory    *string          `json:"delivery_category"`
	DiscountedPrice     string           `json:"discounted_price"`
	IsRemoved           bool             `json:"is_removed"`
	Phone               empty            `json:"phone"`
	Price               string           `json:"price"`
	PriceSet            set              `json:"price_set"`
	Source              string           `json:"source"`
	Title               string           `json:"title"`
	TaxLines            []empty          `json:"tax_lines"`
	DiscountAllocations []allocationBody `json:"discount_allocations"`
}

type codeBody struct {
	Code   string `json:"code"`
	Amount string `json:"amount"`
	Type   string `json:"type"` // percentage, fixed_amount or shipping
}

type applicationBody struct {
	TargetType       string  `json:"target_type"` // line_item or shipping_line
	Type             string  `json:"type"`        // discount_code or manual
	Value            string  `json:"value"`
	ValueType        string  `json:"value_type"`        // percentage or fixed_amount
	AllocationMethod string  `json:"allocation_method"` // across, each or one
	TargetSelection  string  `json:"target_selection"`  // all, entitled or explicit
	Code             *string `json:"code,omitempty"`
	Title            *string `json:"title,omitempty"`
}

type allocationBody struct {
	Amount      string `json:"amount"`
	AmountSet   set    `json:"amount_set"`
	Application int    `json:"discount_application_index"`
}

type addressBody struct {
	FirstName    *string `json:"first_name"`
	Address1     string  `json:"address1"`
	Phone        *string `json:"phone"`
	City         string  `json:"city"`
	Zip          string  `json:"zip"`
	Province     *string `json:"province"`
	Country      string  `json:"country"`
	LastName     *string `json:"last_name"`
	Address2     *string `json:"address2"`
	Company      *string `json:"company"`
	Name         string  `json:"name"`
	CountryCode  string  `json:"country_code"`
	ProvinceCode *string `json:"province_code"`
}

type customerBody struct {
	ID             uint64          `json:"id"`
	CreatedAt      stamp           `json:"created_at"`
	UpdatedAt      stamp           `json:"updated_at"`
	FirstName      *string         `json:"first_name"`
	LastName       *string         `json:"last_name"`
	State          string          `json:"state"`
	Note           *string         `json:"note"`
	VerifiedEmail  bool            `json:"verified_email"`
	TaxExempt      bool            `json:"tax_exempt"`
	Email          string          `json:"email"`
	Phone          empty           `json:"phone"`
	Consent        *consentBody    `json:"email_marketing_consent,omitempty"`
	Currency       string          `json:"currency"`
	TaxExemptions  []empty         `json:"tax_exemptions"`
	GlobalID       string          `json:"admin_graphql_api_id"`
	DefaultAddress *addressBody    `json:"default_address,omitempty"`
	Metafields     []metafieldBody `json:"metafields,omitzero"`
}

// metafieldBody is a metafield as webhooks of a subscription with
// metafieldNamespaces hold it.
type metafieldBody struct {
	ID        uint64 `json:"id"`
	Namespace string `json:"namespace"`
	Key       string `json:"key"`
	Value     string `json:"value"`
	Type      string `json:"type"`
	OwnerID   uint64 `json:"owner_id"`
	Owner     string `json:"owner_resource"`
	CreatedAt stamp  `json:"created_at"`
	UpdatedAt stamp  `json:"updated_at"`
	GlobalID  string `json:"admin_graphql_api_id"`
}

type consentBody struct {
	State      string  `json:"state"`
	OptInLevel *string `json:"opt_in_level"`
	UpdatedAt  *stamp  `json:"consent_updated_at"`
}

// stamp is a time as Shopify writes it: whole seconds, in the shop's zone.
type stamp struct{ time.Time }

func (s stamp) MarshalJSON() ([]byte, error) { return []byte(s.Format(`"` + time.RFC3339 + `"`)), nil }

// encode writes JSON as Rails does, with escaped slashes and with &, < and >
// as \u0026, \u003C and \u003E: who writes it again breaks the signature.
func encode(body any) []byte {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(err) // the bodies above cannot fail
	}
	raw = bytes.ReplaceAll(raw, []byte(`/`), []byte(`\/`))
	raw = bytes.ReplaceAll(raw, []byte(`\u003c`), []byte(`\u003C`))
	return bytes.ReplaceAll(raw, []byte(`\u003e`), []byte(`\u003E`))
}

func global(kind string, id uint64) string { return fmt.Sprintf("gid://shopify/%s/%d", kind, id) }

// decimal writes money as Shopify does: "12.50", without decimals for JPY.
func decimal(minor int64, currency string) string {
	exp := crm.Exponent(currency)
	text := fmt.Sprintf("%0*d", exp+1, minor)
	if exp == 0 {
		return text
	}
	return text[:len(text)-exp] + "." + text[len(text)-exp:]
}

// optional is null for an empty text.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
