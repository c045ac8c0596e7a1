package labeltest

import (
	"encoding/json"
	"net/http"
	"time"

	"grazie/crm"
)

type wireAddress struct {
	Name    string `json:"name"`
	Company string `json:"company"`
	Street1 string `json:"street1"`
	Street2 string `json:"street2"`
	City    string `json:"city"`
	State   string `json:"state"`
	Zip     string `json:"zip"`
	Country string `json:"country"`
	Phone   string `json:"phone"`
	Email   string `json:"email"`
}

func (a wireAddress) postal() crm.PostalAddress {
	return crm.PostalAddress{
		Name: a.Name, Company: a.Company, Street1: a.Street1, Street2: a.Street2, City: a.City,
		Province: a.State, Zip: a.Zip, Country: a.Country, Phone: a.Phone, Email: a.Email,
	}
}

func wire(a crm.PostalAddress) wireAddress {
	return wireAddress{a.Name, a.Company, a.Street1, a.Street2, a.City, a.Province, a.Zip, a.Country, a.Phone, a.Email}
}

// EasyPost talks as EasyPost's API v2 does. Like it, it refuses to buy a
// shipment twice.
func (d *Desk) EasyPost() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/shipments", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Shipment struct {
				To        *wireAddress      `json:"to_address"`
				From      *wireAddress      `json:"from_address"`
				Parcel    map[string]any    `json:"parcel"`
				IsReturn  bool              `json:"is_return"`
				Reference string            `json:"reference"`
				Options   map[string]string `json:"options"`
			} `json:"shipment"`
		}
		err := json.NewDecoder(r.Body).Decode(&in)
		d.serve(w, Prepare, func() answer {
			sent := in.Shipment
			if err != nil || sent.To == nil || sent.From == nil || sent.Parcel == nil {
				return easyPostError(http.StatusUnprocessableEntity, "PARAMETER.REQUIRED", "Missing required parameter.")
			}
			s := &Shipment{To: sent.To.postal(), From: sent.From.postal(), IsReturn: sent.IsReturn, Parcel: sent.Parcel, Reference: sent.Reference, Format: sent.Options["label_format"]}
			if d.Refuse != nil {
				if err := d.Refuse(s); err != nil {
					return easyPostError(http.StatusUnprocessableEntity, "ADDRESS.VERIFY.FAILURE", err.Error())
				}
			}
			d.ship(s)
			return answer{http.StatusCreated, d.easyPostShipment(s)}
		})
	})
	mux.HandleFunc("GET /v2/shipments/{id}", func(w http.ResponseWriter, r *http.Request) {
		d.serve(w, Read, func() answer {
			s := d.shipment(r.PathValue("id"))
			if s == nil {
				return easyPostError(http.StatusNotFound, "NOT_FOUND", "The requested resource could not be found.")
			}
			return answer{http.StatusOK, d.easyPostShipment(s)}
		})
	})
	mux.HandleFunc("POST /v2/shipments/{id}/buy", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Rate struct{ ID string } `json:"rate"`
		}
		err := json.NewDecoder(r.Body).Decode(&in)
		d.serve(w, Buy, func() answer {
			s := d.shipment(r.PathValue("id"))
			of, _, ok := d.offer(in.Rate.ID)
			switch {
			case s == nil:
				return easyPostError(http.StatusNotFound, "NOT_FOUND", "The requested resource could not be found.")
			case err != nil || !ok || of != s:
				return easyPostError(http.StatusUnprocessableEntity, "SHIPMENT.MISSING_RATE", "Rate not found.")
			case d.soldShipment(s.ID) != nil:
				return easyPostError(http.StatusUnprocessableEntity, "SHIPMENT.POSTAGE.EXISTS", "Postage already exists for this shipment.")
			}
			d.sell(s, in.Rate.ID)
			return answer{http.StatusOK, d.easyPostShipment(s)}
		})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if key, empty, ok := r.BasicAuth(); !ok || key != d.Key || empty != "" {
			a := easyPostError(http.StatusUnauthorized, "APIKEY.INVALID", "The key "+key+" is not valid.")
			w.WriteHeader(a.status)
			json.NewEncoder(w).Encode(a.body)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func easyPostError(status int, code, message string) answer {
	return answer{status, map[string]any{"error": map[string]any{"code": code, "message": message, "errors": []any{}}}}
}

func (d *Desk) soldShipment(id string) *Sale {
	for i := range d.sales {
		if d.sales[i].ShipmentID == id {
			return &d.sales[i]
		}
	}
	return nil
}

func (d *Desk) easyPostShipment(s *Shipment) map[string]any {
	rate := func(i int) map[string]any {
		o := d.Offers[i]
		return map[string]any{"id": s.Rates[i], "object": "Rate", "carrier": o.Carrier, "service": "Ground", "rate": o.Amount, "currency": o.Currency, "retail_rate": nil, "shipment_id": s.ID}
	}
	rates := []any{}
	for i := range s.Rates {
		rates = append(rates, rate(i))
	}
	messages := []any{}
	if d.Says != "" {
		messages = append(messages, map[string]any{"carrier": "UPS", "type": "rate_error", "message": d.Says})
	}
	out := map[string]any{
		"id": s.ID, "object": "Shipment", "mode": "test", "is_return": s.IsReturn, "reference": s.Reference, "created_at": "2027-03-05T09:00:00Z",
		"to_address": wire(s.To), "from_address": wire(s.From), "rates": rates, "messages": messages,
		"selected_rate": nil, "postage_label": nil, "tracker": nil, "tracking_code": nil, "refund_status": nil,
	}
	sale := d.soldShipment(s.ID)
	if sale == nil {
		return out
	}
	for i, id := range s.Rates {
		if id == sale.RateID {
			out["selected_rate"] = rate(i)
		}
	}
	out["tracking_code"] = tracking(*sale)
	if d.Refund != "" {
		out["refund_status"] = d.Refund
	}
	if d.Later != nil && d.Later(sale.ID) {
		return out
	}
	out["postage_label"] = map[string]any{"object": "PostageLabel", "id": sale.ID, "label_date": time.Time{}, "label_file_type": "application/pdf", "label_url": link(*sale, s.Format), "label_pdf_url": nil}
	out["tracker"] = map[string]any{"object": "Tracker", "tracking_code": tracking(*sale), "public_url": "https://track.example/" + sale.ID}
	return out
}
