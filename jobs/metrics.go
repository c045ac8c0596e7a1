package jobs

import "github.com/prometheus/client_golang/prometheus"

// Metrics count what the jobs do. No label holds personal data.
type Metrics struct {
	webhooks *prometheus.CounterVec
	messages *prometheus.CounterVec
	unrung   prometheus.Counter
}

// NewMetrics registers the metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		webhooks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grazie_webhooks_processed_total", Help: "Webhooks processed, by topic and outcome."}, []string{"topic", "state"}),
		messages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "grazie_messages_total", Help: "Messages decided or handed over, by their new state."}, []string{"state"}),
		unrung: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "grazie_bells_lost_total", Help: "Rows whose bell could not be rung; the sweep rings for them."}),
	}
	r.MustRegister(m.webhooks, m.messages, m.unrung)
	return m
}
