package handlers

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"grazie/store"
)

// feedbackMetrics count what mail providers tell.
type feedbackMetrics struct {
	batches, events, alarms *prometheus.CounterVec
	took                    prometheus.Histogram
}

func newFeedbackMetrics(r prometheus.Registerer) *feedbackMetrics {
	m := &feedbackMetrics{
		batches: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grazie_feedback_batches_total", Help: "Requests at the feedback door, by provider and how they were answered."}, []string{"provider", "result"}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grazie_feedback_events_total", Help: "Events about mails: new, duplicate, or ignored as no mail of ours."}, []string{"provider", "result"}),
		alarms: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grazie_brakes_total", Help: "Circuit breakers that warned or stopped, by what they counted."}, []string{"result", "reason"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "grazie_feedback_seconds", Help: "Time from a batch's headers to its answer.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}}),
	}
	r.MustRegister(m.batches, m.events, m.alarms, m.took)
	return m
}

func (m *feedbackMetrics) observe(provider, result string, took time.Duration) {
	m.batches.WithLabelValues(provider, result).Inc()
	m.took.Observe(took.Seconds())
}

func (m *feedbackMetrics) count(provider string, r store.FeedbackResult) {
	m.events.WithLabelValues(provider, "new").Add(float64(r.Stored))
	m.events.WithLabelValues(provider, "duplicate").Add(float64(r.Duplicates))
	m.events.WithLabelValues(provider, "ignored").Add(float64(r.Ignored))
	for _, a := range r.Alarms {
		result := "warned"
		if a.Stops {
			result = "stopped"
		}
		m.alarms.WithLabelValues(result, string(a.Brake.Reason)).Inc()
	}
}
