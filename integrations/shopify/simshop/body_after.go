package simshop

import "encoding/json"

// The bodies of what happens to an order after it was placed.

type fulfillmentBody struct {
	ID              uint64           `json:"id"`
	GlobalID        string           `json:"admin_graphql_api_id"`
	CreatedAt       stamp            `json:"created_at"`
	LocationID      empty            `json:"location_id"`
	Name            string           `json:"name"`
	OrderID         uint64           `json:"order_id"`
	Service         string           `json:"service"`
	ShipmentStatus  *string          `json:"shipment_status"`
	Status          string           `json:"status"`
	TrackingCompany *string          `json:"tracking_company"`
	TrackingNumber  *string          `json:"tracking_number"`
	UpdatedAt       stamp            `json:"updated_at"`
	LineItems       []parcelLineBody `json:"line_items,omitempty"`
}

type parcelLineBody struct {
	ID        uint64 `json:"id"`
	Title     string `json:"title"`
	Quantity  int    `json:"quantity"`
	ProductID uint64 `json:"product_id"`
	VariantID uint64 `json:"variant_id"`
}

type refundBody struct {
	ID           uint64            `json:"id"`
	GlobalID     string            `json:"admin_graphql_api_id"`
	CreatedAt    stamp             `json:"created_at"`
	Note         *string           `json:"note"`
	OrderID      uint64            `json:"order_id"`
	ProcessedAt  stamp             `json:"processed_at"`
	Restock      bool              `json:"restock"`
	DutiesSet    set               `json:"total_duties_set"`
	Return       *ref              `json:"return"`
	Transactions []transactionBody `json:"transactions"`
	LineItems    []refundLineBody  `json:"refund_line_items"`
}

type refundLineBody struct {
	ID          uint64      `json:"id"`
	LineItemID  uint64      `json:"line_item_id"`
	LocationID  empty       `json:"location_id"`
	Quantity    int         `json:"quantity"`
	RestockType string      `json:"restock_type"`
	Subtotal    json.Number `json:"subtotal"` // numbers here, unlike anywhere else
	SubtotalSet set         `json:"subtotal_set"`
	Tax         json.Number `json:"total_tax"`
	TaxSet      set         `json:"total_tax_set"`
}

// ref names something else.
type ref struct {
	ID       uint64 `json:"id"`
	GlobalID string `json:"admin_graphql_api_id"`
}

type transactionBody struct {
	ID       uint64 `json:"id"`
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Gateway  string `json:"gateway"`
	Kind     string `json:"kind"`
	Status   string `json:"status"`
	Message  string `json:"message"`
}
