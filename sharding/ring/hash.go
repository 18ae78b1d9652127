package ring

import (
	"cmp"
	"slices"

	"github.com/buraksezer/consistent"
	"github.com/cespare/xxhash/v2"
)

// HashName names the function from an exporter's name to its partition, and its
// version. Replicas that hash otherwise must not share a ring.
const HashName = "xxhash64/1"

// DefaultPartitions is how many shares a ring has. It must not change during the
// ring's life.
const DefaultPartitions = 1024

// Partition returns the partition of an exporter, of key namespace/name: that of
// consistent.FindPartitionID, without building a ring for it.
func Partition(key string, partitions int) int {
	return int(xxhash.Sum64String(key) % uint64(partitions))
}

// hasher is the hash function as consistent wants it.
type hasher struct{}

// Sum64 returns the hash.
func (hasher) Sum64(data []byte) uint64 { return xxhash.Sum64(data) }

// name is a member as consistent wants it.
type name string

// String returns the name.
func (n name) String() string { return string(n) }

// preferred returns the member that consistent would give each partition to. It is
// built from the sorted names, so that all leaders prefer the same.
func preferred(names []string, partitions int) []string {
	members := make([]consistent.Member, len(names))
	for i, n := range slices.Sorted(slices.Values(names)) {
		members[i] = name(n)
	}
	c := consistent.New(members, consistent.Config{
		Hasher: hasher{}, PartitionCount: partitions, ReplicationFactor: 100, Load: 1.25,
	})
	owners := make([]string, partitions)
	for p := range owners {
		owners[p] = c.GetPartitionOwner(p).String()
	}
	return owners
}

func byName(a, b Member) int {
	return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Identity, b.Identity))
}
