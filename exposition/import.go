package exposition

import (
	"bufio"
	"errors"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"io"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/adx-mon/adxexporter/executor/metric"
)

// What another replica exports is bounded by what an exporter may have: these are
// the API's limits, and more is no export of ours.
const (
	maxPeriod         = 24 * time.Hour
	maxImportedSeries = 1_000_000
	maxImportedText   = 1 << 30
	// maxAhead is how far another replica's clock may be ahead. A window that ends
	// later would keep all deliveries until then from being shown.
	maxAhead = 5 * time.Minute
)

// Import shows what another replica exported, as its delivery would have been:
// conflicts are settled, and what MaxSeries has no room for is left out. What is
// older than what is shown changes nothing. Like deliveries, imports of one
// exporter come one after the other.
//
// An error means that nothing has changed: e is from the network and may be
// anything, or the other replica differs from this one in Options.Timestamps or
// Options.MaxLine. Conflicts are no error here; Conflicts returns them.
func (s *Store) Import(e Exported) error {
	if err := s.checkImport(&e); err != nil {
		return fmt.Errorf("cannot import series: %w", err)
	}
	d := e.delivery()
	for !s.superseded(d) {
		x, err := s.rebuild(&e, s.room(e.Exporter))
		if err != nil {
			return fmt.Errorf("cannot import series of exporter %q: %w", e.Exporter, err)
		}
		if s.install(x) {
			break
		}
		// Others took the room meanwhile, as with a delivery.
	}
	return nil
}

// checkImport checks all but the families.
func (s *Store) checkImport(e *Exported) error {
	series, text := 0, 0
	for i := range e.Families {
		if e.Families[i].Series <= 0 || e.Families[i].Size <= 0 {
			return fmt.Errorf("metric %d is empty", i+1)
		}
		series += min(e.Families[i].Series, maxImportedSeries+1) // nobody can make it overflow
		text += min(e.Families[i].Size, maxImportedText+1)
	}
	switch {
	case len(validation.IsDNS1123Label(e.Exporter.Namespace)) > 0 || len(validation.IsDNS1123Subdomain(e.Exporter.Name)) > 0:
		return errors.New("no exporter can have its name")
	case e.Interval <= 0 || e.Interval > maxPeriod || e.Delay < 0 || e.Delay > maxPeriod:
		return errors.New("no exporter can have its interval or delay")
	case e.End.After(s.opts.Now().Add(maxAhead)):
		return errors.New("its window has not ended yet")
	case series > maxImportedSeries || text > maxImportedText:
		return errors.New("no exporter can have so many series")
	case e.Timestamps != s.opts.Timestamps:
		return errors.New("of the two replicas only one exposes timestamps")
	}
	return nil
}

// superseded reports whether what the store has of the exporter is newer.
func (s *Store) superseded(d metric.Delivery) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown, found := s.exporters[d.Source.NamespacedName]
	if !found {
		return false
	}
	if shown.source.UID != d.Source.UID {
		return shown.source.Created.After(d.Source.Created)
	}
	return shown.outdates(d)
}

// rebuild makes the chunks of what was exported, of at most room series. It
// renders every line anew, so that what is shown is this replica's own work.
func (s *Store) rebuild(e *Exported, room int) (*exporter, error) {
	r := s.renderer()
	defer s.renderers.Put(r)
	im := importer{
		renderer: r, codec: &s.codec, seed: s.index.seed, maxLine: s.opts.MaxLine, timed: s.opts.Timestamps,
		in: bufio.NewReaderSize(nil, max(piece, s.opts.MaxLine)),
	}
	x := newExporter(e.delivery())
	names := make(map[string]struct{}, len(e.Families))
	for i := range e.Families {
		c, err := im.chunk(x, &e.Families[i], room-x.series)
		if err != nil {
			return nil, fmt.Errorf("metric %d: %w", i+1, err)
		}
		if names[c.family.Name] = struct{}{}; len(names) != i+1 {
			return nil, fmt.Errorf("metric %d is there twice", i+1)
		}
		if c.series > 0 {
			x.chunks = append(x.chunks, c)
			x.series += c.series
		}
	}
	return x, nil
}

// importer renders again what another replica has rendered. It holds a piece of
// the text at a time.
type importer struct {
	renderer *renderer
	codec    *codec
	seed     maphash.Seed
	maxLine  int
	timed    bool
	in       *bufio.Reader
	// keys are the hashes of the family's series.
	keys []uint64
}

// chunk returns the family, of at most room series.
func (im *importer) chunk(owner *exporter, f *ExportedFamily, room int) (*chunk, error) {
	family, err := f.family()
	if err != nil {
		return nil, err
	}
	if n := nameLength(f.Name, true); n == 0 || n != len(f.Name) {
		return nil, errors.New("no metric can have its name")
	}
	if im.renderer.help(family) != family.Help {
		return nil, errors.New("its help text is too long")
	}
	im.renderer.begin(im.codec)
	err = im.read(f, room)
	l := im.renderer.end() // also after an error, so that the buffers go back
	if err != nil {
		return nil, err
	}
	return chunkOf(owner, im.renderer, l, family), nil
}

// read renders the family's lines, up to room.
func (im *importer) read(f *ExportedFamily, room int) error {
	text := im.codec.open(f.Text)
	defer im.codec.readers.Put(text)
	limited, checksum := &io.LimitedReader{R: text, N: int64(f.Size)}, crc32.NewIEEE()
	im.in.Reset(io.TeeReader(limited, checksum))
	im.keys = im.keys[:0]
	for n := range f.Series {
		if err := im.line(f.Name, room); err != nil {
			return fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	rest, _ := io.CopyN(io.Discard, io.MultiReader(im.in, text), 1)
	if rest > 0 || limited.N > 0 || checksum.Sum32() != f.Checksum {
		return errors.New("size, series and checksum are not those of its text")
	}
	// That two of a million hashes are the same happens once in 40 million times.
	slices.Sort(im.keys)
	if len(slices.Compact(im.keys)) != f.Series {
		return errors.New("a series is there twice")
	}
	return nil
}

var (
	errLine        = errors.New("it is no series of the metric, as a replica writes it")
	errLineTooLong = errors.New("it is too long")
)

// line renders the next line, if there is room.
func (im *importer) line(family string, room int) error {
	text, err := im.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || len(text) >= im.maxLine {
		return errLineTooLong
	}
	if err != nil {
		return fmt.Errorf("cannot read: %w", err)
	}
	l, ok := parseLine(text[:len(text)-1], family, im.timed)
	if !ok {
		return errLine
	}
	im.keys = append(im.keys, maphash.Bytes(im.seed, l.series))
	if r := im.renderer; r.series < room {
		start := len(r.text)
		r.text = append(r.text, l.series...)
		r.endLine(start, l.value, l.milliseconds)
	}
	return nil
}
