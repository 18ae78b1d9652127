package app

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// The API server is asked this often, and counts as lost after a while.
const (
	contactEvery   = 5 * time.Second
	contactTimeout = 3 * time.Second
	contactLost    = 15 * time.Second
)

// contact knows when the API server last answered.
type contact struct {
	ask  func(ctx context.Context) error
	last atomic.Pointer[time.Time]
}

// Start asks the API server now and then, until ctx ends.
func (c *contact) Start(ctx context.Context) error {
	tick := time.NewTicker(contactEvery)
	defer tick.Stop()
	for {
		c.try(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (c *contact) try(ctx context.Context) {
	sent := time.Now()
	ctx, cancel := context.WithTimeout(ctx, contactTimeout)
	defer cancel()
	if c.ask(ctx) == nil {
		c.last.Store(&sent)
	}
}

// check returns an error if the API server has not answered for too long.
func (c *contact) check(now time.Time) error {
	last := c.last.Load()
	if last == nil {
		return fmt.Errorf("kubernetes: the API server has not answered yet")
	}
	if silent := now.Sub(*last); silent > contactLost {
		return fmt.Errorf("kubernetes: the API server has not answered for %s", silent.Truncate(time.Second))
	}
	return nil
}
