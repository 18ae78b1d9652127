package metric

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	v1 "github.com/adx-mon/adxexporter/api/v1"
	"github.com/adx-mon/adxexporter/executor/query"
)

// DefaultMaxLabelValue is the longest label value, in bytes, if Options has none.
// It keeps a line of the exposition far below the 64 KiB that scrapers accept.
const DefaultMaxLabelValue = 2048

// Options are what an instance adds to the exporter's own transform.
type Options struct {
	// Prefix is put before every metric name and before the exporter's prefix.
	Prefix string
	// MaxSeries is how many series a batch may have. Zero means no limit.
	MaxSeries int
	// MaxLabelValue is how many bytes a label value or a metric name may have.
	// Zero means DefaultMaxLabelValue.
	MaxLabelValue int
}

// Plan is a transform that is resolved against the columns of an answer. It is
// immutable and may be used by several builders at once.
type Plan struct {
	columns []query.Column
	// name and time are indexes of columns; -1 if there is none.
	name, time int
	values     []valueColumn
	// labels and labelNames have the same order.
	labels     []label
	labelNames []string

	naming        naming
	defaultName   string
	family        Family
	maxSeries     int
	maxLabelValue int
}

// valueColumn is a column that becomes a value.
type valueColumn struct {
	index int
	typ   query.Type
	name  string
}

// label is where the values of one label come from.
type label struct {
	name string
	// column is an index of the answer's columns; -1 for a static label.
	column int
	typ    query.Type
	static string
	// source is what the user calls it, for errors.
	source string
}

func (l label) origin() string {
	if l.column < 0 {
		return fmt.Sprintf("static label %q", l.source)
	}
	return fmt.Sprintf("column %q", l.source)
}

// Compile resolves a transform against the columns of an answer. The error is a
// *ColumnError if the answer lacks a column, and a *ConfigError if the transform
// cannot work on such columns at all.
func Compile(transform v1.TransformConfig, columns []query.Column, opts Options) (*Plan, error) {
	c := compilation{transform: transform, plan: &Plan{
		columns:       slices.Clone(columns),
		maxSeries:     opts.MaxSeries,
		maxLabelValue: opts.MaxLabelValue,
	}}
	if c.plan.maxLabelValue == 0 {
		c.plan.maxLabelValue = DefaultMaxLabelValue
	}
	if err := c.run(opts.Prefix); err != nil {
		return nil, err
	}
	return c.plan, nil
}

// Matches reports whether the plan was compiled for these columns.
func (p *Plan) Matches(columns []query.Column) bool { return slices.Equal(p.columns, columns) }

// compilation is a plan in the making.
type compilation struct {
	transform v1.TransformConfig
	plan      *Plan
}

func (c *compilation) run(prefix string) error {
	var err error
	if c.plan.naming, err = newNaming(prefix, c.transform.MetricNamePrefix, len(c.transform.ValueColumns) > 0); err != nil {
		return err
	}
	for _, step := range []func() error{
		c.describe,  // help, unit and type of all families
		c.nameRows,  // where a row's metric name comes from
		c.timeRows,  // where a row's time comes from
		c.addValues, // which columns become values
		c.addLabels, // which labels there are, in order
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func (c *compilation) describe() error {
	c.plan.family = Family{Help: c.transform.Help, Unit: c.transform.Unit}
	switch c.transform.Type {
	case "", v1.MetricTypeGauge:
	case v1.MetricTypeCounter:
		c.plan.family.Type = Counter
	default:
		return configErrorf(RoleType, "%q is neither gauge nor counter", c.transform.Type)
	}
	return nil
}

func (c *compilation) nameRows() error {
	c.plan.name = -1
	c.plan.defaultName = c.transform.DefaultMetricName
	if c.plan.defaultName != "" && !hasAlphanumeric(c.plan.defaultName) {
		return configErrorf(RoleDefaultName, "name %q has no letter or digit", c.plan.defaultName)
	}
	if c.transform.MetricNameColumn == "" {
		if c.plan.defaultName == "" {
			return configErrorf(RoleDefaultName, "set it or metricNameColumn: the metrics have no name")
		}
		return nil
	}
	index, err := c.column(c.transform.MetricNameColumn, RoleName)
	if err != nil {
		return err
	}
	c.plan.name = index
	if typ := c.plan.columns[index].Type; typ != query.String {
		return configErrorf(RoleName, "column %q is a %s, not a string; use tostring()", c.transform.MetricNameColumn, typ)
	}
	return nil
}

func (c *compilation) timeRows() error {
	c.plan.time = -1
	if c.transform.TimestampColumn == "" {
		return nil
	}
	index, err := c.column(c.transform.TimestampColumn, RoleTimestamp)
	if err != nil {
		return err
	}
	c.plan.time = index
	if typ := c.plan.columns[index].Type; typ != query.DateTime {
		return configErrorf(RoleTimestamp, "column %q is a %s, not a datetime; use todatetime()",
			c.transform.TimestampColumn, typ)
	}
	return nil
}

func (c *compilation) addValues() error {
	one, many := c.transform.ValueColumn, c.transform.ValueColumns
	switch {
	case one != "" && len(many) > 0:
		return configErrorf(RoleValue, "set it or valueColumns, not both")
	case one != "":
		return c.addValue(one, RoleValue)
	case len(many) == 0:
		return configErrorf(RoleValue, "set it or valueColumns: the metrics have no value")
	}
	return c.addNamedValues(many)
}

// addNamedValues adds columns whose names become part of the metric's name.
func (c *compilation) addNamedValues(columns []string) error {
	suffixes := make(map[string]string, len(columns))
	for _, column := range columns {
		suffix := snakeCase(column)
		if suffix == "" {
			return configErrorf(RoleValues, "column %q has no letter or digit to name a metric by", column)
		}
		if other, taken := suffixes[suffix]; taken && other != column {
			return configErrorf(RoleValues, "columns %q and %q both become the metric suffix %q", other, column, suffix)
		} else if taken {
			continue
		}
		suffixes[suffix] = column
		if err := c.addValue(column, RoleValues); err != nil {
			return err
		}
	}
	return nil
}

func (c *compilation) addValue(column string, role Role) error {
	index, err := c.column(column, role)
	if err != nil {
		return err
	}
	typ := c.plan.columns[index].Type
	if !isValueType(typ) {
		return configErrorf(role, "column %q is a %s, which is no number", column, typ)
	}
	c.plan.values = append(c.plan.values, valueColumn{index: index, typ: typ, name: column})
	return nil
}

func (c *compilation) addLabels() error {
	for _, column := range c.transform.LabelColumns {
		index, err := c.column(column, RoleLabels)
		if err != nil {
			return err
		}
		l := label{column: index, typ: c.plan.columns[index].Type, source: column}
		if err := c.addLabel(l, RoleLabels); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.transform.StaticLabels)) {
		value := strings.ToValidUTF8(c.transform.StaticLabels[name], "\uFFFD")
		l := label{column: -1, static: value, source: name}
		if err := c.addLabel(l, RoleStaticLabels); err != nil {
			return err
		}
	}
	slices.SortFunc(c.plan.labels, func(a, b label) int { return strings.Compare(a.name, b.name) })
	for _, l := range c.plan.labels {
		c.plan.labelNames = append(c.plan.labelNames, l.name)
	}
	return nil
}

// addLabel names a label and adds it, unless it is there already.
func (c *compilation) addLabel(l label, role Role) error {
	var ok bool
	if l.name, ok = LabelName(l.source); !ok {
		return configErrorf(role, "label %q has no letter or digit", l.source)
	}
	if len(l.static) > c.plan.maxLabelValue {
		return configErrorf(role, "label %q has a value of more than %d bytes", l.source, c.plan.maxLabelValue)
	}
	for _, other := range c.plan.labels {
		if other.name != l.name {
			continue
		}
		if l.column >= 0 && l.column == other.column {
			return nil
		}
		return configErrorf(role, "%s and %s both become label %q", l.origin(), other.origin(), l.name)
	}
	c.plan.labels = append(c.plan.labels, l)
	return nil
}

// column returns the index of a column that the transform names.
func (c *compilation) column(name string, role Role) (int, error) {
	for i, column := range c.plan.columns {
		if column.Name == name {
			return i, nil
		}
	}
	available := make([]string, len(c.plan.columns))
	for i, column := range c.plan.columns {
		available[i] = column.Name
	}
	return 0, &ColumnError{Column: name, Role: role, Available: available}
}
