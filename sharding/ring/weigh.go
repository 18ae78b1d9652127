package ring

import "iter"

// Weigh sums what the exporters of each partition cost. It is given their keys,
// namespace/name, and what each costs relative to others; one whose cost is not
// known, 0, counts like the average. It goes through the exporters twice.
func Weigh(exporters iter.Seq2[string, float64], partitions int) []float64 {
	sum, known := 0.0, 0
	for _, cost := range exporters {
		if cost > 0 {
			sum += cost
			known++
		}
	}
	weights := make([]float64, partitions)
	for key, cost := range exporters {
		weight := 1.0 // relative to the mean, so that units do not matter
		if cost > 0 {
			weight = cost * float64(known) / sum
		}
		weights[Partition(key, partitions)] += weight
	}
	return weights
}
