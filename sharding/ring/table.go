package ring

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	v1 "github.com/adx-mon/adxexporter/api/v1"
)

// Table is a published assignment. It is never changed; Plan makes the next one.
type Table struct {
	// Epoch counts the assignments; zero means that there is none.
	Epoch int64
	// Term counts the leaders.
	Term int64
	// Members are sorted by name.
	Members []Member
	// Owners has the index in Members for each partition; -1 is nobody.
	Owners []int32
	// Generations has the epoch since which each partition has its owner.
	Generations []int64
	// Handoffs are the moves under way.
	Handoffs []Handoff
}

// Member is a replica in a table.
type Member struct {
	// Name is the pod's, Identity the life's: pod/uid/nonce.
	Name, Identity string
	// Draining is set while it gives its share away.
	Draining bool
}

// Handoff is a set of partitions on its way between two members that live.
type Handoff struct {
	Partitions []int32
	// From and To are identities. They are equal when the partitions return to
	// their owner for want of another one.
	From, To string
	// Epoch is the one that asked for the release, which From acknowledges.
	Epoch int64
}

// Owner returns the member that owns a partition, if there is one.
func (t Table) Owner(p int) (Member, bool) {
	if p < 0 || p >= len(t.Owners) || t.Owners[p] < 0 {
		return Member{}, false
	}
	return t.Members[t.Owners[p]], true
}

// PartitionsOf returns the partitions of a life, in order.
func (t Table) PartitionsOf(identity string) []int32 {
	var owned []int32
	for p := range t.Owners {
		if m, ok := t.Owner(p); ok && m.Identity == identity {
			owned = append(owned, int32(p))
		}
	}
	return owned
}

// String returns the table for people: who owns how many partitions, and what is
// on its way.
func (t Table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "epoch %d term %d\n", t.Epoch, t.Term)
	free := len(t.Owners)
	for _, m := range t.Members {
		n := len(t.PartitionsOf(m.Identity))
		free -= n
		state := ""
		if m.Draining {
			state = " draining"
		}
		fmt.Fprintf(&b, "%s owns %d%s\n", m.Identity, n, state)
	}
	if free > 0 {
		fmt.Fprintf(&b, "nobody owns %d\n", free)
	}
	for _, h := range t.Handoffs {
		fmt.Fprintf(&b, "%d move from %s to %s, asked for in %d\n", len(h.Partitions), h.From, h.To, h.Epoch)
	}
	return b.String()
}

// ErrCorrupt means that a ring's status does not hold a table.
var ErrCorrupt = errors.New("the ring's status holds no valid table")

// maxPartitions is how many the CRD admits.
const maxPartitions = 4096

// Decode returns the table of a ring. A ring without one yet gives the zero Table.
// An error is ErrCorrupt.
func Decode(spec v1.ExporterRingSpec, status v1.ExporterRingStatus) (Table, error) {
	if status.Epoch == 0 {
		return Table{}, nil
	}
	if spec.Partitions < 1 || spec.Partitions > maxPartitions {
		return Table{}, fmt.Errorf("%w: %d partitions", ErrCorrupt, spec.Partitions)
	}
	t := Table{Epoch: status.Epoch, Term: status.Term}
	for _, m := range status.Members {
		t.Members = append(t.Members, Member{Name: m.Name, Identity: m.Identity, Draining: m.Draining})
	}
	for _, h := range status.Handoffs {
		t.Handoffs = append(t.Handoffs, Handoff{Partitions: slices.Clone(h.Partitions), From: h.From, To: h.To, Epoch: h.Epoch})
	}
	var err error
	if t.Owners, err = decodeOwners(status.Table, int(spec.Partitions), len(t.Members)); err != nil {
		return Table{}, err
	}
	if t.Generations, err = decodeGenerations(status.Generations, int(spec.Partitions)); err != nil {
		return Table{}, err
	}
	if err := t.check(); err != nil {
		return Table{}, err
	}
	return t, nil
}

// check looks for what Plan never makes, and relies on.
func (t Table) check() error {
	if t.Epoch < 0 {
		return fmt.Errorf("%w: epoch %d", ErrCorrupt, t.Epoch)
	}
	known := map[string]bool{}
	for _, m := range t.Members {
		if known[m.Identity] {
			return fmt.Errorf("%w: two members %q", ErrCorrupt, m.Identity)
		}
		known[m.Identity] = true
	}
	for p, g := range t.Generations {
		if g < 0 || g > t.Epoch {
			return fmt.Errorf("%w: generation %d of partition %d in epoch %d", ErrCorrupt, g, p, t.Epoch)
		}
	}
	return t.checkHandoffs()
}

func (t Table) checkHandoffs() error {
	moving := map[int32]bool{}
	for _, h := range t.Handoffs {
		if h.Epoch > t.Epoch {
			return fmt.Errorf("%w: a handoff of epoch %d in epoch %d", ErrCorrupt, h.Epoch, t.Epoch)
		}
		for _, p := range h.Partitions {
			if owner, ok := t.Owner(int(p)); !ok || owner.Identity != h.From || moving[p] {
				return fmt.Errorf("%w: a handoff of partition %d from %q", ErrCorrupt, p, h.From)
			}
			moving[p] = true
		}
	}
	return nil
}

// Encode returns the table as the status of its ring.
func (t Table) Encode() v1.ExporterRingStatus {
	status := v1.ExporterRingStatus{
		Epoch: t.Epoch, Term: t.Term,
		Table: encodeOwners(t.Owners), Generations: encodeGenerations(t.Generations),
	}
	for _, m := range t.Members {
		status.Members = append(status.Members, v1.RingMember{Name: m.Name, Identity: m.Identity, Draining: m.Draining})
	}
	for _, h := range t.Handoffs {
		status.Handoffs = append(status.Handoffs, v1.RingHandoff{
			Partitions: slices.Clone(h.Partitions), From: h.From, To: h.To, Epoch: h.Epoch,
		})
	}
	return status
}

// encodeOwners writes runs of equal owners as pairs of numbers: how many, and the
// owner's index plus one.
func encodeOwners(owners []int32) string {
	var content []byte
	for start := 0; start < len(owners); {
		end := start + 1
		for end < len(owners) && owners[end] == owners[start] {
			end++
		}
		content = binary.AppendUvarint(content, uint64(end-start))
		content = binary.AppendUvarint(content, uint64(owners[start]+1))
		start = end
	}
	return base64.StdEncoding.EncodeToString(content)
}

func decodeOwners(text string, partitions, members int) ([]int32, error) {
	numbers := &reader{text: text}
	owners := make([]int32, 0, max(0, partitions))
	for len(owners) < partitions {
		run, owner := numbers.next(), numbers.next()
		if numbers.err != nil || run == 0 || run > uint64(partitions-len(owners)) || owner > uint64(members) {
			return nil, fmt.Errorf("%w: its owners", ErrCorrupt)
		}
		owners = append(owners, slices.Repeat([]int32{int32(owner) - 1}, int(run))...)
	}
	return owners, numbers.end("owners")
}

// encodeGenerations writes each generation as its distance from the one before.
func encodeGenerations(generations []int64) string {
	var content []byte
	before := int64(0)
	for _, g := range generations {
		content = binary.AppendVarint(content, g-before)
		before = g
	}
	return base64.StdEncoding.EncodeToString(content)
}

func decodeGenerations(text string, partitions int) ([]int64, error) {
	numbers := &reader{text: text}
	generations := make([]int64, 0, max(0, partitions))
	before := int64(0)
	for range partitions {
		before += numbers.nextSigned()
		generations = append(generations, before)
	}
	return generations, numbers.end("generations")
}

// reader reads the numbers of a text; its first error stays.
type reader struct {
	text    string
	content []byte
	begun   bool
	err     error
}

func (r *reader) begin() {
	if !r.begun {
		r.begun = true
		r.content, r.err = base64.StdEncoding.DecodeString(r.text)
	}
}

func (r *reader) next() uint64 {
	r.begin()
	n, size := binary.Uvarint(r.content)
	r.skip(size)
	return n
}

func (r *reader) nextSigned() int64 {
	r.begin()
	n, size := binary.Varint(r.content)
	r.skip(size)
	return n
}

func (r *reader) skip(size int) {
	switch {
	case r.err != nil:
	case size <= 0:
		r.err = ErrCorrupt
	default:
		r.content = r.content[size:]
	}
}

func (r *reader) end(of string) error {
	r.begin()
	if r.err != nil || len(r.content) > 0 {
		return fmt.Errorf("%w: its %s", ErrCorrupt, of)
	}
	return nil
}

// Hash tells tables apart: replicas that follow the same assignment, member by member
// and partition by partition, have the same one. It has 32 bits, so that a float64
// holds it.
func (t Table) Hash() uint32 {
	status := t.Encode()
	digest := xxhash.New()
	for _, m := range status.Members {
		_, _ = digest.WriteString(m.Identity + "\n") // a hash never fails
	}
	_, _ = digest.WriteString(status.Table + "\n" + status.Generations)
	return uint32(digest.Sum64())
}
