package kusto

import (
	"github.com/Azure/azure-kusto-go/azkustodata"

	"github.com/adx-mon/adxexporter/executor/query"
)

// bounded returns req with every bound set.
func (p *Pool) bounded(req query.Request) query.Request {
	timeout := p.options.Timeout
	if req.Interval > 0 {
		timeout = min(timeout, req.Interval)
	}
	req.Timeout = min(positive(req.Timeout, timeout), maxTimeout)
	req.MaxRows = positive(req.MaxRows, p.options.MaxRows)
	req.MaxBytes = positive(req.MaxBytes, p.options.MaxBytes)
	return req
}

// queryOptions returns what every query carries. Kusto ignores the options that
// it does not know, so none of them is needed for a right answer: that it is
// complete is checked when it is read.
//
// Never set here: options that make a partial failure look like an answer
// (deferpartialqueryfailures), cut it silently (query_take_max_records), lift
// limits (notruncation, norequesttimeout) or change the frames' order
// (results_progressive_enabled).
func (p *Pool) queryOptions(req query.Request, s Statement) []azkustodata.QueryOption {
	options := []azkustodata.QueryOption{
		// The answer's form.
		azkustodata.V2NewlinesBetweenFrames(),
		azkustodata.V2FragmentPrimaryTables(),
		azkustodata.ResultsErrorReportingPlacement(azkustodata.ResultsErrorReportingPlacementEndOfTable),
		// Limits: one row more is an error, not a shorter answer.
		azkustodata.ServerTimeout(req.Timeout),
		azkustodata.TruncationMaxRecords(req.MaxRows),
		azkustodata.TruncationMaxSize(req.MaxBytes),
		// A body can only read.
		azkustodata.RequestReadonly(),
		azkustodata.CustomQueryOption("request_readonly_hardline", true),
		// How it appears in `.show queries`.
		azkustodata.Application(p.options.Application),
	}
	if len(s.Parameters) > 0 {
		options = append(options, azkustodata.QueryParameters(s.sdk()))
	}
	if !req.End.IsZero() {
		// now() and ago() then mean the same in a retry, hours later.
		options = append(options, azkustodata.QueryNow(req.End.UTC()))
	}
	if req.RequestID != "" {
		options = append(options, azkustodata.ClientRequestID(req.RequestID))
	}
	if req.Description != "" {
		options = append(options, azkustodata.RequestDescription(req.Description))
	}
	if p.options.WeakConsistency {
		options = append(options, azkustodata.QueryConsistency("weakconsistency"))
	}
	if !p.options.AllowExternal {
		options = append(options,
			azkustodata.RequestCalloutDisabled(),
			azkustodata.RequestExternalTableDisabled(),
			azkustodata.CustomQueryOption("request_external_data_disabled", true),
			azkustodata.RequestSandboxedExecutionDisabled(),
		)
	}
	return options
}
