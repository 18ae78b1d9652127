// Package kusto asks Azure Data Explorer. A Pool takes a query.Request, sends it
// to the endpoint of its database and hands the typed rows of the answer to a
// query.Consumer while they arrive.
//
// What a caller can rely on:
//
//   - A nil error means that the whole answer was seen: every frame, the right
//     row count, a completion without errors, and the end of the HTTP body.
//     Anything less is an error, also after rows were delivered, so a consumer
//     stages what it gets and publishes it only after Query returned nil.
//   - Every other error is a *query.Error whose class says what to do about it;
//     an error of the consumer itself is returned as it is.
//   - The body reaches Kusto byte for byte. The window and the cluster labels
//     are query parameters, declared only if the body names them.
//   - Each endpoint has its own number of concurrent queries, which adapts when
//     Kusto throttles. Waiting for a place ends with the context.
//
// The SDK, azkustodata, does the protocol's first half: trust in the host,
// tokens, headers, the request. The transport under it and the reading of the
// answer are ours, because the SDK's readers report cut-off answers as complete,
// lose Retry-After and cost dozens of allocations a row.
//
// The package never retries a window, never logs and knows nothing of
// Kubernetes. executor runs windows with it; `adxexporter preview` shows rows.
package kusto
