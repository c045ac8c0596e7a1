package bigcommerce

import "encoding/json"

// orderBody is what is read of an order of the older API, version 2.
type orderBody struct {
	ID             scalar      `json:"id"`
	CustomerID     scalar      `json:"customer_id"` // 0: a guest
	Created        string      `json:"date_created"`
	Modified       string      `json:"date_modified"`
	StatusID       scalar      `json:"status_id"`
	PaymentStatus  string      `json:"payment_status"`
	PaymentMethod  string      `json:"payment_method"`
	SubtotalEx     scalar      `json:"subtotal_ex_tax"`
	SubtotalInc    scalar      `json:"subtotal_inc_tax"`
	Total          scalar      `json:"total_inc_tax"`
	Discount       scalar      `json:"discount_amount"`
	CouponDiscount scalar      `json:"coupon_discount"`
	TaxInclusive   bool        `json:"is_tax_inclusive_pricing"`
	Shown          string      `json:"currency_code"`         // in which prices were shown
	Paid           string      `json:"default_currency_code"` // in which the customer pays, and all amounts are
	Shop           string      `json:"store_default_currency_code"`
	ShopRate       scalar      `json:"store_default_to_transactional_exchange_rate"`
	ItemsShipped   scalar      `json:"items_shipped"`
	Locale         string      `json:"customer_locale"`
	Source         string      `json:"order_source"`
	Billing        addressBody `json:"billing_address"`
	Consignments   consignment `json:"consignments"`
}

// addressBody is an address of the older API.
type addressBody struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Company   string `json:"company"`
	Street1   string `json:"street_1"`
	Street2   string `json:"street_2"`
	City      string `json:"city"`
	State     string `json:"state"`
	Country   string `json:"country_iso2"`
	Email     string `json:"email"`
}

// consignment holds where the goods of an order go, with the goods.
type consignment struct {
	Shipping []struct {
		addressBody
		Lines lines `json:"line_items"`
	} `json:"shipping"`
	Pickups []struct {
		Lines lines `json:"line_items"`
	} `json:"pickups"`
	Downloads []struct {
		Lines lines `json:"line_items"`
	} `json:"downloads"`
	Email struct {
		Certificates []struct {
			Lines lines `json:"line_items"`
		} `json:"gift_certificates"`
	} `json:"email"`
}

// UnmarshalJSON reads the object, or the list of one that older stores answer.
func (c *consignment) UnmarshalJSON(b []byte) error {
	type plain consignment
	if b[0] != '[' {
		return json.Unmarshal(b, (*plain)(c))
	}
	var list []plain
	if err := json.Unmarshal(b, &list); err != nil || len(list) == 0 {
		return err
	}
	*c = consignment(list[0])
	return nil
}

// lines are all goods, wherever they go.
func (c consignment) lines() lines {
	var all lines
	for _, s := range c.Shipping {
		all = append(all, s.Lines...)
	}
	for _, s := range c.Pickups {
		all = append(all, s.Lines...)
	}
	for _, s := range c.Downloads {
		all = append(all, s.Lines...)
	}
	for _, s := range c.Email.Certificates {
		all = append(all, s.Lines...)
	}
	return all
}

// lines are line items; where only their address stands, there are none.
type lines []lineBody

func (l *lines) UnmarshalJSON(b []byte) error {
	var all []lineBody
	if b[0] == '[' {
		if err := json.Unmarshal(b, &all); err != nil {
			return err
		}
	}
	*l = nil
	for _, line := range all {
		if line.ID != "" && line.ID != "0" {
			*l = append(*l, line)
		}
	}
	return nil
}

type lineBody struct {
	ID          scalar       `json:"id"`
	ProductID   scalar       `json:"product_id"` // 0: no product of the catalogue
	Name        string       `json:"name"`
	Type        string       `json:"type"` // physical, digital, giftcertificate
	Quantity    scalar       `json:"quantity"`
	Refunded    scalar       `json:"quantity_refunded"`
	PriceEx     scalar       `json:"price_ex_tax"`
	PriceInc    scalar       `json:"price_inc_tax"`
	PickupID    scalar       `json:"order_pickup_method_id"`
	WrappingID  scalar       `json:"wrapping_id"`
	WrapMessage string       `json:"wrapping_message"`
	Options     []optionBody `json:"product_options"`
}

type optionBody struct {
	Value string `json:"display_value"`
}

type couponOnOrder struct {
	Code     string `json:"code"`
	Discount scalar `json:"discount"` // what it took off
}

type shipmentBody struct {
	ID      scalar `json:"id"`
	Created string `json:"date_created"`
}

type refundBody struct {
	ID       scalar `json:"id"`
	OrderID  scalar `json:"order_id"`
	Created  string `json:"created"`
	Total    scalar `json:"total_amount"`
	Payments []struct {
		Declined bool `json:"is_declined"`
	} `json:"payments"`
}
