package metric

import (
	"fmt"
	"strings"
)

// Role is the field of the transform that a column, or a fault, belongs to.
type Role string

// The roles, by their field names in the exporter's spec.
const (
	RoleName         Role = "metricNameColumn"
	RoleDefaultName  Role = "defaultMetricName"
	RolePrefix       Role = "metricNamePrefix"
	RoleValue        Role = "valueColumn"
	RoleValues       Role = "valueColumns"
	RoleTimestamp    Role = "timestampColumn"
	RoleLabels       Role = "labelColumns"
	RoleStaticLabels Role = "staticLabels"
	RoleType         Role = "type"
)

// ColumnError says that the answer lacks a column the transform needs.
type ColumnError struct {
	Column string
	Role   Role
	// Available are the columns that the answer has, in its order.
	Available []string
}

// Error names the missing column and those available.
func (e *ColumnError) Error() string {
	return fmt.Sprintf("column %q (%s) is not in the answer; it has: %s",
		e.Column, e.Role, strings.Join(e.Available, ", "))
}

// ConfigError says that the transform cannot work, whatever rows come.
type ConfigError struct {
	Role Role
	// Reason is what is wrong and, where there is one, the way out.
	Reason string
}

// Error names the field and the reason.
func (e *ConfigError) Error() string { return fmt.Sprintf("transform.%s: %s", e.Role, e.Reason) }

func configErrorf(role Role, format string, args ...any) *ConfigError {
	return &ConfigError{Role: role, Reason: fmt.Sprintf(format, args...)}
}
