// Package criteria decides whether an instance may run an exporter: it matches
// spec.criteria and spec.criteriaExpression against the instance's cluster
// labels. It is the boundary that keeps a query from running where the data
// must not go, so an expression that fails is an error and never a match.
//
// Everything is case-insensitive: label keys, label values, the keys and values
// of criteria, and the string literals of an expression, also those of
// regular expressions. A cluster label region=EastUS therefore satisfies
// region == 'eastus', Region == "EastUS" and labels["REGION"] == "eastus" alike.
//
// In an expression, labels is a map whose absent keys are "", and each other
// name is the label of that name, "" where it is absent. A label whose key is no
// identifier (data-classification), is a reserved word of CEL, or is called
// labels, is reached as labels["data-classification"]. The test for presence is
// "region" in labels; the has macro does not exist, because it would be true for
// absent labels as well.
//
// The package is pure: no I/O, no clock, no goroutine. The executor compiles a
// Matcher per exporter generation; the lint command compiles it to report
// mistakes; the composition root parses --cluster-labels.
package criteria
