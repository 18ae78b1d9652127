package lint

import "fmt"

// closest returns the candidate that is most likely meant by a mistyped name;
// empty if none is near.
func closest(name string, candidates []string) string {
	best, meant := 1+len(name)/3, ""
	for _, candidate := range candidates {
		if d := distance(name, candidate); d < best {
			best, meant = d, candidate
		}
	}
	return meant
}

func didYouMean(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", name)
}

// distance is the number of bytes to insert, delete or replace to get from a to
// b. A change of case counts as none, so that the case is the first guess.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0]++
		for j := range len(b) {
			cost := diagonal
			if lower(a[i]) != lower(b[j]) {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
