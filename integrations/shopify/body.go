package shopify

// The bodies, as far as anything of them is used: what is not named here is
// skipped unread (platforms.md, A.4 and the oddities at its end).

type money struct {
	Amount   scalar `json:"amount"`
	Currency string `json:"currency_code"`
}

func (m money) currency(other string) string {
	if m.Currency != "" {
		return m.Currency
	}
	return other
}

type shopSet struct {
	Shop money `json:"shop_money"`
}

type bothSet struct {
	Shop        money `json:"shop_money"`
	Presentment money `json:"presentment_money"`
}

type orderBody struct {
	ID                  scalar            `json:"id"`
	GlobalID            scalar            `json:"admin_graphql_api_id"`
	Name                string            `json:"name"`
	Email               string            `json:"email"`
	ContactEmail        string            `json:"contact_email"`
	CustomerLocale      string            `json:"customer_locale"`
	FinancialStatus     string            `json:"financial_status"`
	Test                bool              `json:"test"`
	Currency            string            `json:"currency"`
	PresentmentCurrency string            `json:"presentment_currency"`
	TotalPrice          scalar            `json:"total_price"`
	TotalPriceSet       bothSet           `json:"total_price_set"`
	SubtotalPrice       scalar            `json:"subtotal_price"`
	SubtotalPriceSet    shopSet           `json:"subtotal_price_set"`
	SourceName          string            `json:"source_name"`
	Tags                string            `json:"tags"`
	NoteAttributes      attributes        `json:"note_attributes"`
	CreatedAt           scalar            `json:"created_at"`
	ProcessedAt         scalar            `json:"processed_at"`
	UpdatedAt           scalar            `json:"updated_at"`
	CancelledAt         scalar            `json:"cancelled_at"`
	Company             filled            `json:"company"`
	Customer            customerBody      `json:"customer"`
	ShippingAddress     addressBody       `json:"shipping_address"`
	BillingAddress      addressBody       `json:"billing_address"`
	LineItems           []lineItemBody    `json:"line_items"`
	ShippingLines       []shippingLine    `json:"shipping_lines"`
	Fulfillments        []fulfillmentBody `json:"fulfillments"`
	Refunds             []refundBody      `json:"refunds"`
	Codes               []codeBody        `json:"discount_codes"`
	Discounts           []discountBody    `json:"discount_applications"`
}

// codeBody is a code that was typed in, with what it took off.
type codeBody struct {
	Code   string `json:"code"`
	Amount scalar `json:"amount"`
}

// discountBody is a discount of any kind; lines point at it by its index.
type discountBody struct {
	Type string `json:"type"` // discount_code, manual, automatic, script
	Code string `json:"code"`
}

// allocationBody is what a discount took off one line.
type allocationBody struct {
	Amount    scalar  `json:"amount"`
	AmountSet shopSet `json:"amount_set"`
	Discount  scalar  `json:"discount_application_index"`
}

type lineItemBody struct {
	ID               scalar     `json:"id"`
	GlobalID         scalar     `json:"admin_graphql_api_id"`
	ProductID        scalar     `json:"product_id"`
	ProductExists    bool       `json:"product_exists"`
	Title            string     `json:"title"`
	VariantTitle     string     `json:"variant_title"`
	Quantity         scalar     `json:"quantity"`
	CurrentQuantity  scalar     `json:"current_quantity"`
	Price            scalar     `json:"price"`
	PriceSet         shopSet    `json:"price_set"`
	GiftCard         bool       `json:"gift_card"`
	RequiresShipping bool       `json:"requires_shipping"`
	Tip              filled     `json:"tip"`
	TipGateway       told       `json:"tip_payment_gateway"`
	Properties       attributes `json:"properties"`

	Allocations []allocationBody `json:"discount_allocations"`
}

type shippingLine struct {
	Code             string `json:"code"`
	Title            string `json:"title"`
	Source           string `json:"source"`
	DeliveryCategory string `json:"delivery_category"`
	IsRemoved        bool   `json:"is_removed"`

	Allocations []allocationBody `json:"discount_allocations"`
}

type addressBody struct {
	FirstName    string `json:"first_name"`
	LastName     string `json:"last_name"`
	Company      string `json:"company"`
	Address1     string `json:"address1"`
	Address2     string `json:"address2"`
	City         string `json:"city"`
	Province     string `json:"province"`
	ProvinceCode string `json:"province_code"`
	Country      string `json:"country"`
	CountryCode  string `json:"country_code"`
}

type customerBody struct {
	ID             scalar      `json:"id"`
	GlobalID       scalar      `json:"admin_graphql_api_id"`
	Email          string      `json:"email"`
	FirstName      string      `json:"first_name"`
	LastName       string      `json:"last_name"`
	OrdersCount    scalar      `json:"orders_count"` // older bodies
	CreatedAt      scalar      `json:"created_at"`
	UpdatedAt      scalar      `json:"updated_at"`
	DefaultAddress addressBody `json:"default_address"`
	Consent        consentBody `json:"email_marketing_consent"`
	Metafields     metafields  `json:"metafields"`
}

type consentBody struct {
	State      string `json:"state"`
	OptInLevel string `json:"opt_in_level"`
	UpdatedAt  scalar `json:"consent_updated_at"`
}

type consentTopicBody struct {
	CustomerID scalar      `json:"customer_id"`
	Email      string      `json:"email_address"`
	Consent    consentBody `json:"email_marketing_consent"`
}

type fulfillmentBody struct {
	ID             scalar `json:"id"`
	GlobalID       scalar `json:"admin_graphql_api_id"`
	OrderID        scalar `json:"order_id"`
	Status         string `json:"status"`
	ShipmentStatus string `json:"shipment_status"`
	CreatedAt      scalar `json:"created_at"`
	UpdatedAt      scalar `json:"updated_at"`
}

type fulfillmentEventBody struct {
	FulfillmentID scalar `json:"fulfillment_id"`
	OrderID       scalar `json:"order_id"`
	Status        string `json:"status"`
	HappenedAt    scalar `json:"happened_at"`
	CreatedAt     scalar `json:"created_at"`
	UpdatedAt     scalar `json:"updated_at"`
}

type refundBody struct {
	ID           scalar            `json:"id"`
	GlobalID     scalar            `json:"admin_graphql_api_id"`
	OrderID      scalar            `json:"order_id"`
	CreatedAt    scalar            `json:"created_at"`
	DutiesSet    shopSet           `json:"total_duties_set"`
	Transactions []transactionBody `json:"transactions"`
	LineItems    []refundLineBody  `json:"refund_line_items"`
}

type transactionBody struct {
	Kind      string  `json:"kind"`
	Status    string  `json:"status"`
	Amount    scalar  `json:"amount"`
	AmountSet shopSet `json:"amount_set"`
	Currency  string  `json:"currency"`
}

type refundLineBody struct {
	Subtotal    scalar  `json:"subtotal"`
	SubtotalSet shopSet `json:"subtotal_set"`
	Tax         scalar  `json:"total_tax"`
	TaxSet      shopSet `json:"total_tax_set"`
}

// returnBody is thin, and differs by topic: the order stands in it as an object
// or as its id, and returns/update holds no status.
type returnBody struct {
	ID        scalar   `json:"id"`
	GlobalID  scalar   `json:"admin_graphql_api_id"`
	Name      string   `json:"name"`
	Status    string   `json:"status"`
	OrderID   scalar   `json:"order_id"`
	Order     orderRef `json:"order"`
	CreatedAt scalar   `json:"created_at"`
	UpdatedAt scalar   `json:"updated_at"`
}

type orderRef struct {
	ID       scalar `json:"id"`
	GlobalID scalar `json:"admin_graphql_api_id"`
}

type shopBody struct {
	MyshopifyDomain string `json:"myshopify_domain"`
}
