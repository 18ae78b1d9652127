package demo

import (
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"github.com/adx-mon/adxexporter/executor/kusto/emulator"
	"github.com/adx-mon/adxexporter/executor/kusto/emulator/engine"
	"github.com/adx-mon/adxexporter/executor/query"
)

// step is how far apart the rows of one thing are.
const step = 5 * time.Second

// lookback is how much history there is.
const lookback = 24 * time.Hour

var (
	services  = []string{"api-gateway", "user-service", "billing", "search"}
	regions   = []string{"us-east-1", "us-west-2"}
	locations = []string{"datacenter-01", "datacenter-02"}
	customers = []string{"customer-12345", "customer-67890"}
	tiers     = []string{"Premium", "Standard"}
	sites     = []string{"eastus", "westus", "europe"}
)

// Fill gives a server the demo's tables.
func Fill(server *emulator.Server) {
	telemetry := server.Database("TelemetryDB")
	telemetry.Put(live("ServiceTelemetry", columns("Timestamp", "ServiceName", "Environment", realColumn("ResponseTimeMs")), responseTimes))
	telemetry.Put(live("MyTelemetryTable", columns("Timestamp", "ServiceName", "Region", realColumn("ResponseTime")), regionalResponseTimes))
	analytics := server.Database("AnalyticsDB")
	analytics.Put(live("AnalyticsData",
		columns("EventTime", "LocationId", "CustomerResourceId", realColumn("SuccessRate"), longColumn("SuccessCount"), longColumn("TotalCount")), successRates))
	analytics.Put(live("CustomerEvents",
		columns("EventTime", "LocationId", "CustomerResourceId", "ServiceTier",
			realColumn("SuccessRate"), longColumn("SuccessfulRequests"), longColumn("TotalRequests"), realColumn("LatencyMs")), customerEvents))
	server.Database("GlobalMetrics")
	for _, site := range sites {
		server.Catalog().Database(site, "InfrastructureDB").
			Put(live("SystemMetrics", columns("Timestamp", "NodeName", "ClusterName", "Region", realColumn("CpuUtilization")), cpuAt(site)))
		server.Catalog().Database(site+"-cluster", "TelemetryDB").
			Put(live("ErrorEvents", columns("Timestamp", "ServiceName", "ClusterName", "SuccessEvent"), errorsAt(site+"-cluster")))
	}
}

// realColumn and longColumn are the names of columns of that type.
type (
	realColumn string
	longColumn string
)

// columns returns a table's columns: the first is its time, a plain name is a
// string.
func columns(names ...any) []query.Column {
	list := make([]query.Column, len(names))
	for i, name := range names {
		switch name := name.(type) {
		case realColumn:
			list[i] = query.Column{Name: string(name), Type: query.Real}
		case longColumn:
			list[i] = query.Column{Name: string(name), Type: query.Long}
		case string:
			list[i] = query.Column{Name: name, Type: query.String}
		}
	}
	list[0].Type = query.DateTime
	return list
}

type emit = func(values ...any) error

// live is a table that makes its rows when it is asked: those of each step.
func live(name string, columns []query.Column, at func(t time.Time, emit emit) error) *engine.Table {
	return &engine.Table{Name: name, Columns: columns, Live: &engine.Live{
		TimeColumn: columns[0].Name,
		Lookback:   lookback,
		Rows: func(from, to time.Time, emit emit) error {
			for t := from.Truncate(step); !t.After(to); t = t.Add(step) {
				if err := at(t, emit); err != nil {
					return err
				}
			}
			return nil
		},
	}}
}

func responseTimes(t time.Time, emit emit) error {
	for _, service := range services {
		if err := emit(t, service, "production", wave(t, service, 40, 300)); err != nil {
			return err
		}
	}
	return nil
}

func regionalResponseTimes(t time.Time, emit emit) error {
	for _, service := range services {
		for _, region := range regions {
			if err := emit(t, service, region, wave(t, service+region, 40, 300)); err != nil {
				return err
			}
		}
	}
	return nil
}

func successRates(t time.Time, emit emit) error {
	return pairs(func(location, customer string) error {
		rate, succeeded, total := requests(t, location+customer)
		return emit(t, location, customer, rate, succeeded, total)
	})
}

func customerEvents(t time.Time, emit emit) error {
	return pairs(func(location, customer string) error {
		for _, tier := range tiers {
			rate, succeeded, total := requests(t, location+customer+tier)
			latency := wave(t, tier+customer, 5, 90)
			if err := emit(t, location, customer, tier, rate, succeeded, total, latency); err != nil {
				return err
			}
		}
		return nil
	})
}

func pairs(each func(location, customer string) error) error {
	for _, location := range locations {
		for _, customer := range customers {
			if err := each(location, customer); err != nil {
				return err
			}
		}
	}
	return nil
}

func requests(t time.Time, key string) (rate float64, succeeded, total int64) {
	total = 20 + int64(noise(t, key)*10)
	succeeded = total - int64(noise(t, key+"!")*2)
	return float64(succeeded) / float64(total), succeeded, total
}

// cpuAt is the load of the nodes of one region.
func cpuAt(region string) func(t time.Time, emit emit) error {
	return func(t time.Time, emit emit) error {
		for node := range 3 {
			name := region + "-node-" + strconv.Itoa(node+1)
			if err := emit(t, name, region+"-aks", region, wave(t, name, 5, 95)); err != nil {
				return err
			}
		}
		return nil
	}
}

// errorsAt are the events of one cluster: errors, and now and then a success.
func errorsAt(cluster string) func(t time.Time, emit emit) error {
	return func(t time.Time, emit emit) error {
		for _, service := range services {
			success := ""
			if noise(t, cluster+service) < 0.4 {
				success = "ok"
			}
			if err := emit(t, service, cluster, success); err != nil {
				return err
			}
		}
		return nil
	}
}

// wave swings between low and high over ten minutes, with some noise, each key at
// its own phase.
func wave(t time.Time, key string, low, high float64) float64 {
	const period = 600
	phase := 2 * math.Pi * (float64(t.Unix()%period)/period + noise(time.Time{}, key))
	level := 0.8*(0.5+0.5*math.Sin(phase)) + 0.2*noise(t, key)
	return math.Round(10*(low+level*(high-low))) / 10
}

// noise is a number in [0, 1) that is fixed for a key at an instant.
func noise(t time.Time, key string) float64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key + strconv.FormatInt(t.Unix(), 10))) // a hash never fails
	return float64(h.Sum64()>>11) / (1 << 53)
}
