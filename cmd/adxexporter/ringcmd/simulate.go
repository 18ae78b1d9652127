package ringcmd

import (
	"fmt"
	"io"
	"strconv"

	"github.com/adx-mon/adxexporter/sharding/ring"
)

// Simulation is what a change of members would come to.
type Simulation struct {
	Head

	Members []Shares `json:"members"`
	// BusiestBefore and BusiestAfter are the largest load relative to the mean.
	BusiestBefore float64 `json:"busiestBefore"`
	BusiestAfter  float64 `json:"busiestAfter"`
	// Moved is how many partitions change their owner, MovedLoad their part of the
	// load, and Needless how many of them move between members that stay.
	Moved     int     `json:"moved"`
	MovedLoad float64 `json:"movedLoad"`
	Needless  int     `json:"needless"`
	// Tables is how many the leader publishes for it.
	Tables int `json:"tables"`
}

// Shares is what a member has before and after; nil while it is not there.
type Shares struct {
	Pod    string `json:"pod"`
	Before *Share `json:"before"`
	After  *Share `json:"after"`
}

// Share is what a member has of the whole.
type Share struct {
	Partitions int `json:"partitions"`
	// Load is its part of the cost, from 0 to 1.
	Load float64 `json:"load"`
}

// NewSimulation returns what a change would come to. Weights are what the partitions
// cost; nil means the same for all. An error is ErrNoTable or ring.ErrMember.
func NewSimulation(s *State, weights []float64, change ring.Change) (Simulation, error) {
	if s.Table.Epoch == 0 {
		return Simulation{}, ErrNoTable
	}
	moves, err := ring.Simulate(s.Table, weights, change)
	if err != nil {
		return Simulation{}, err
	}
	return Simulation{
		Head: s.head(), Members: sharesOf(moves),
		BusiestBefore: moves.Before.Busiest, BusiestAfter: moves.After.Busiest,
		Moved: moves.Partitions, MovedLoad: moves.Weight, Needless: moves.Needless, Tables: moves.Epochs,
	}, nil
}

// sharesOf joins what members have before and after.
func sharesOf(moves ring.Moves) []Shares {
	joined := []Shares{}
	row := map[string]int{}
	at := func(pod string) *Shares {
		if _, ok := row[pod]; !ok {
			row[pod] = len(joined)
			joined = append(joined, Shares{Pod: pod})
		}
		return &joined[row[pod]]
	}
	for _, m := range moves.Before.Members {
		at(m.Name).Before = &Share{Partitions: m.Partitions, Load: m.Weight}
	}
	for _, m := range moves.After.Members {
		at(m.Name).After = &Share{Partitions: m.Partitions, Load: m.Weight}
	}
	return joined
}

func (v Simulation) text(w io.Writer) {
	v.Head.text(w)
	rows := [][]string{{"POD", "BEFORE", "LOAD", "AFTER", "LOAD"}}
	for _, m := range v.Members {
		row := append([]string{m.Pod}, m.Before.cells()...)
		rows = append(rows, append(row, m.After.cells()...))
	}
	aligned(w, rows)
	_, _ = fmt.Fprintf(w, "\nThe busiest member has %.2f times the mean load before, and %.2f times after.\n", v.BusiestBefore, v.BusiestAfter)
	_, _ = fmt.Fprintf(w, "%s of %d move with %s of the load, %s between members that stay; it takes %s.\n",
		count(v.Moved, "partition"), v.Partitions, percent(v.MovedLoad), noneOr(v.Needless), count(v.Tables, "table"))
}

// cells are the share's in a row.
func (s *Share) cells() []string {
	if s == nil {
		return []string{"", ""}
	}
	return []string{strconv.Itoa(s.Partitions), percent(s.Load)}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func noneOr(n int) string {
	if n == 0 {
		return "none"
	}
	return strconv.Itoa(n)
}
