package desk

import (
	"time"

	"grazie/crm"
	"grazie/journeys"
)

// AsIfDone are the facts as the mail will find them once all that belongs to
// it is done: so it can be read, or tried, before anything is.
func AsIfDone(j journeys.Journey, f crm.Facts, now time.Time) crm.Facts {
	if j.Effects == nil {
		return f
	}
	var all []crm.Effect
	for _, e := range f.Effects {
		if e.State == crm.EffectPlanned || e.State == crm.EffectDoing {
			e = done(e)
		}
		all = append(all, e)
	}
	for _, e := range j.Effects(f, now) {
		if f.Effect(e.Kind) == nil {
			e.MessageID, e.CustomerID = f.Message.ID, f.Message.CustomerID
			all = append(all, done(e))
		}
	}
	f.Effects = all
	return f
}

// done is an effect with what it is going to bring.
func done(e crm.Effect) crm.Effect {
	e.State = crm.EffectDone
	if e.Code != nil && e.Code.Code == "" {
		c := *e.Code
		c.Code, e.Code = "PREVIEW", &c
	}
	if e.Label != nil && e.Label.URL == "" {
		l := *e.Label
		l.URL, e.Label = "https://label.example/preview", &l
	}
	return e
}
