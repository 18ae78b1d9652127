// Package exposition shows the newest sample of every series to whoever scrapes
// /metrics.
//
// A Store is one of executor's outputs: each delivery of an exporter replaces all
// that the exporter had. Its samples are rendered once, one chunk a metric
// family, and deflated once; a scrape copies the deflated chunks into one gzip
// member and combines their checksums. So scrapes cost no more than sending the
// bytes, however often they come, and a series takes a few bytes of memory. A
// scraper that wants no compression has the chunks inflated once after each
// change.
//
// Exporters share one namespace of metrics. What two of them disagree about is
// settled when it arrives and not when it is scraped, so a scrape never fails:
// the oldest exporter wins, the other one's delivery returns a ConflictError, and
// its series are shown as soon as the winner leaves. Series leave when the
// exporter is forgotten, when this instance no longer serves it, and when they
// are too old.
//
// When an exporter goes to another replica, Export says what is shown of it, and
// the other replica's Import shows the same without a query. What comes over the
// network is rendered anew, line by line, so that it can do no harm.
//
// Deliveries and scrapes do not wait for each other: a scrape works on an
// immutable snapshot, and a delivery is in it whole or not at all. The package
// starts no goroutine and no timer, and asks the clock only when it is scraped
// and when it imports.
// It serves exported series and never this process's own metrics, which have a
// registry and a port of their own.
package exposition
