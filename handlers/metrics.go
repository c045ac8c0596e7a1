package handlers

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics count what comes in. No label holds what a sender can choose.
type Metrics struct {
	received *prometheus.CounterVec
	took     prometheus.Histogram
	feedback *feedbackMetrics
	refused  *prometheus.CounterVec // of the API
}

// NewMetrics registers the metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		feedback: newFeedbackMetrics(r),
		received: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grazie_webhooks_received_total", Help: "Requests at the webhook door, by platform and how they were answered."}, []string{"platform", "result"}),
		took: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "grazie_webhook_seconds", Help: "Time from a webhook's headers to its answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5}}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grazie_api_refused_total", Help: "Requests at the API that were not let in: no_token, bad_token, other_shop, role."}, []string{"why"}),
	}
	r.MustRegister(m.received, m.took, m.refused)
	return m
}

func (m *Metrics) observe(platform, result string, took time.Duration) {
	m.received.WithLabelValues(platform, result).Inc()
	m.took.Observe(took.Seconds())
}
