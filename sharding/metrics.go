package sharding

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/adx-mon/adxexporter/sharding/ring"
)

// metrics are the self-metrics of a member.
type metrics struct {
	epoch, hash, members, owned, handoffs, leader prometheus.Gauge
	known, unowned, overdue                       prometheus.Gauge
	renewals                                      *prometheus.CounterVec
	changes, writes, takeovers, lost              prometheus.Counter

	// seen is the epoch that was observed last. Tables are obeyed one at a time.
	seen int64
}

func newMetrics(reg prometheus.Registerer, r *Replica) *metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: name, Help: help})
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
	}
	m := &metrics{
		epoch:     gauge("adxexporter_ring_epoch", "Epoch of the newest assignment that this replica has seen."),
		hash:      gauge("adxexporter_ring_hash", "Tells assignments apart: replicas that follow the same one have the same number."),
		members:   gauge("adxexporter_ring_members", "Replicas in that assignment."),
		owned:     gauge("adxexporter_ring_partitions_owned", "Partitions that it gives to this replica."),
		handoffs:  gauge("adxexporter_ring_partitions_moving", "Partitions on their way from one replica to another."),
		leader:    gauge("adxexporter_ring_leader", "1 while this replica leads the ring."),
		known:     gauge("adxexporter_exporters_known", "Exporters that are meant for this cluster-label set; told by the leader only."),
		unowned:   gauge("adxexporter_ring_unowned_exporters", "Exporters that no live replica owns; told by the leader only."),
		overdue:   gauge("adxexporter_ring_overdue_exporters", "Exporters whose windows have not been settled for three intervals; told by the leader only."),
		changes:   counter("adxexporter_ring_changes_total", "Times that this replica has moved on to a newer assignment."),
		writes:    counter("adxexporter_ring_writes_total", "Assignments that this replica has published."),
		takeovers: counter("adxexporter_ring_takeovers_total", "Members that this replica, as the leader, has declared dead."),
		lost:      counter("adxexporter_ring_lease_lost_total", "Times that this replica has lost its Lease and joined again."),
		renewals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "adxexporter_ring_lease_renewals_total", Help: "Renewals of this replica's Lease, by result.",
		}, []string{"result"}),
	}
	for _, result := range []string{"success", "error"} {
		m.renewals.WithLabelValues(result)
	}
	if reg == nil {
		return m
	}
	reg.MustRegister(m.epoch, m.hash, m.members, m.owned, m.handoffs, m.leader, m.known, m.unowned, m.overdue,
		m.changes, m.writes, m.takeovers, m.lost, m.renewals,
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "adxexporter_ring_lease_age_seconds", Help: "Time since the last good renewal of the Lease was sent; the right to act ends at --ring-profile's validity.",
		}, func() float64 {
			age, ok := r.guard.age()
			if !ok {
				return -1
			}
			return age.Seconds()
		}))
	return m
}

// observe shows a table as this member sees it.
func (m *metrics) observe(table ring.Table, identity string) {
	if m.seen != table.Epoch {
		m.seen = table.Epoch
		m.changes.Inc()
	}
	m.epoch.Set(float64(table.Epoch))
	m.hash.Set(float64(table.Hash()))
	m.members.Set(float64(len(table.Members)))
	owned, moving := 0, 0
	for p := range table.Owners {
		if ownedBy(table, p, identity) {
			owned++
		}
	}
	for _, h := range table.Handoffs {
		moving += len(h.Partitions)
	}
	m.owned.Set(float64(owned))
	m.handoffs.Set(float64(moving))
}

// audit shows what the leader found.
func (m *metrics) audit(known, unowned, overdue int) {
	m.known.Set(float64(known))
	m.unowned.Set(float64(unowned))
	m.overdue.Set(float64(overdue))
}
