package metric_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/metric"
	"github.com/adx-mon/adxexporter/executor/query"
)

// peerSample and peerTransform are the usual way to do this package's work: a map
// a row in, a struct with a map of labels a row out. They are what the benchmarks
// compare with, and the oracle of the model test.
type peerSample struct {
	name   string
	labels map[string]string
	value  float64
	time   time.Time
}

func peerTransform(config v1.TransformConfig, rows []map[string]any) ([]peerSample, error) {
	var samples []peerSample
	for i, row := range rows {
		sample, err := peerRow(config, row)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", i, err)
		}
		samples = append(samples, sample)
	}
	return samples, nil
}

func peerRow(config v1.TransformConfig, row map[string]any) (peerSample, error) {
	name, ok := row[config.MetricNameColumn].(string)
	if !ok || name == "" {
		name = config.DefaultMetricName
	}
	at, ok := row[config.TimestampColumn].(time.Time)
	if !ok {
		return peerSample{}, fmt.Errorf("%q is no time", config.TimestampColumn)
	}
	labels := make(map[string]string)
	for _, column := range config.LabelColumns {
		text, err := peerLabel(row[column])
		if err != nil {
			return peerSample{}, err
		}
		if text != "" {
			labels[column] = text
		}
	}
	value, err := peerValue(row[config.ValueColumn])
	return peerSample{name: name, labels: labels, value: value, time: at}, err
}

func peerLabel(cell any) (string, error) {
	switch v := cell.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	}
	return "", fmt.Errorf("%T is no label", cell)
}

func peerValue(cell any) (float64, error) {
	switch v := cell.(type) {
	case float64:
		return v, nil
	case int64:
		return float64(v), nil
	}
	return 0, fmt.Errorf("%T is no number", cell)
}

// key identifies the sample's series and time.
func (s peerSample) key() string {
	key := []byte(s.name)
	for _, name := range slices.Sorted(maps.Keys(s.labels)) {
		key = append(key, 0xff)
		key = append(key, name...)
		key = append(key, 0xff)
		key = append(key, s.labels[name]...)
	}
	key = append(key, 0xff)
	return string(strconv.AppendInt(key, s.time.UnixNano(), 10))
}

// peerBatch does all that a Batch promises: valid names, and the last of the
// samples with equal series and time.
func peerBatch(config v1.TransformConfig, rows []map[string]any) (map[string]peerSample, error) {
	samples, err := peerTransform(config, rows)
	if err != nil {
		return nil, err
	}
	batch := make(map[string]peerSample, len(samples))
	for _, sample := range samples {
		name, ok := metric.MetricName(sample.name)
		if !ok {
			return nil, fmt.Errorf("%q is no name", sample.name)
		}
		sample.name = name
		batch[sample.key()] = sample
	}
	return batch, nil
}

// peerRows returns the rows as the usual readers hand them out.
func peerRows(columns []query.Column, rows [][]query.Cell) []map[string]any {
	out := make([]map[string]any, len(rows))
	for i, row := range rows {
		out[i] = make(map[string]any, len(columns))
		for j, column := range columns {
			out[i][column.Name] = peerCell(column.Type, row[j])
		}
	}
	return out
}

func peerCell(t query.Type, cell query.Cell) any {
	switch {
	case cell.Null:
		return nil
	case t == query.Real:
		return cell.Real
	case t == query.Long:
		return cell.Int
	case t == query.DateTime:
		return query.Time(cell.Int)
	default:
		return string(cell.Text)
	}
}
