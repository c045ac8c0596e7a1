package labeltest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// Shippo talks as Shippo's API does. It sells a second label for a rate to who
// asks for it: nowhere is it said that Shippo does not.
func (d *Desk) Shippo() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /shipments/{$}", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			From     *wireAddress     `json:"address_from"`
			To       *wireAddress     `json:"address_to"`
			Parcels  []map[string]any `json:"parcels"`
			Extra    map[string]any   `json:"extra"`
			Metadata string           `json:"metadata"`
		}
		err := json.NewDecoder(r.Body).Decode(&in)
		d.serve(w, Prepare, func() answer {
			if err != nil || in.From == nil || in.To == nil || len(in.Parcels) != 1 {
				return answer{http.StatusBadRequest, map[string]any{"address_to": []any{"This field is required."}}}
			}
			s := &Shipment{To: in.To.postal(), From: in.From.postal(), IsReturn: in.Extra["is_return"] == true, Parcel: in.Parcels[0], Reference: in.Metadata}
			if d.Refuse != nil {
				if err := d.Refuse(s); err != nil {
					return answer{http.StatusBadRequest, map[string]any{"address_to": []any{map[string]any{"street1": []any{err.Error()}}}}}
				}
			}
			d.ship(s)
			return answer{http.StatusCreated, d.shippoShipment(s)}
		})
	})
	mux.HandleFunc("GET /shipments/{id}", func(w http.ResponseWriter, r *http.Request) {
		d.serve(w, Look, func() answer {
			if s := d.shipment(r.PathValue("id")); s != nil {
				return answer{http.StatusOK, d.shippoShipment(s)}
			}
			return answer{http.StatusNotFound, map[string]any{"detail": "Not found."}}
		})
	})
	mux.HandleFunc("GET /transactions/{$}", func(w http.ResponseWriter, r *http.Request) {
		d.serve(w, Read, func() answer {
			results := []any{}
			for i := len(d.sales) - 1; i >= 0; i-- { // the newest first
				if sale := d.sales[i]; sale.RateID == r.URL.Query().Get("rate") {
					results = append(results, d.transaction(sale, i))
				}
			}
			return answer{http.StatusOK, map[string]any{"next": nil, "previous": nil, "results": results}}
		})
	})
	mux.HandleFunc("POST /transactions/{$}", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Rate   string `json:"rate"`
			Format string `json:"label_file_type"`
		}
		err := json.NewDecoder(r.Body).Decode(&in)
		d.serve(w, Buy, func() answer {
			s, _, ok := d.offer(in.Rate)
			if err != nil || !ok {
				return answer{http.StatusBadRequest, map[string]any{"rate": []any{"Rate not found."}}}
			}
			s.Format = in.Format
			sale := d.sell(s, in.Rate)
			return answer{http.StatusCreated, d.transaction(sale, len(d.sales)-1)}
		})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent := r.Header.Get("Authorization"); sent != "ShippoToken "+d.Key || r.Header.Get("SHIPPO-API-VERSION") != "2018-02-08" {
			w.WriteHeader(http.StatusUnauthorized)
			json.NewEncoder(w).Encode(map[string]any{"detail": "Invalid token: " + sent})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (d *Desk) shippoShipment(s *Shipment) map[string]any {
	rates := []any{}
	for i, id := range s.Rates {
		o := d.Offers[i]
		rates = append(rates, map[string]any{
			"object_id": id, "shipment": s.ID, "provider": o.Carrier, "amount": o.Amount, "currency": o.Currency, "amount_local": o.Amount, "currency_local": o.Currency,
			"servicelevel": map[string]any{"token": "ground"}, "attributes": []any{},
		})
	}
	messages := []any{}
	if d.Says != "" {
		messages = append(messages, map[string]any{"source": "UPS", "code": "", "text": d.Says})
	}
	return map[string]any{
		"object_id": s.ID, "status": "SUCCESS", "object_state": "VALID", "address_from": wire(s.From), "address_to": wire(s.To), "rates": rates, "messages": messages, "metadata": s.Reference,
	}
}

func (d *Desk) transaction(sale Sale, i int) map[string]any {
	out := map[string]any{
		"object_id": sale.ID, "object_state": "VALID", "status": "SUCCESS", "object_created": fmt.Sprintf("2027-03-05T09:00:%02d.000Z", i), "rate": sale.RateID,
		"label_url": "", "tracking_number": "", "tracking_url_provider": "", "messages": []any{}, "metadata": "", "test": true,
	}
	if d.Later != nil && d.Later(sale.ID) {
		out["status"] = "QUEUED"
		return out
	}
	if d.Refund != "" {
		out["status"] = d.Refund
	}
	out["label_url"] = link(sale, d.shipment(sale.ShipmentID).Format)
	out["tracking_number"] = tracking(sale)
	out["tracking_url_provider"] = "https://track.example/" + sale.ID
	return out
}
