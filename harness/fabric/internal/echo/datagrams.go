package echo

import (
	"context"
	"encoding/binary"
	"net"
	"slices"
	"sync"
	"time"
)

// datagrams sends n numbered datagrams, one every so often, and tells which were
// answered, and the median time that took. It waits a little for the last ones.
func (k *caller) datagrams(ctx context.Context, to string, n int, every time.Duration) Report {
	began := time.Now()
	c, err := (&net.Dialer{}).DialContext(ctx, "udp4", to)
	if err != nil {
		return Report{}.of(err, began)
	}
	defer c.Close()
	var mu sync.Mutex
	sent, took := make([]time.Time, n), make([]time.Duration, n)
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		b := make([]byte, 2048)
		for {
			size, err := c.Read(b)
			if err != nil {
				if faultOf(err) == "refused" {
					continue
				}
				return
			}
			if size < 4 {
				continue
			}
			mu.Lock()
			// What is sent back ends with the number.
			if i := int(binary.BigEndian.Uint32(b[size-4 : size])); i < n && took[i] == 0 {
				took[i] = time.Since(sent[i])
			}
			mu.Unlock()
		}
	}()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := range n {
		mu.Lock()
		sent[i] = time.Now()
		mu.Unlock()
		// One that is refused is one that is not answered.
		_, _ = c.Write(binary.BigEndian.AppendUint32(nil, uint32(i)))
		select {
		case <-tick.C:
		case <-ctx.Done():
			return Report{}.of(ctx.Err(), began)
		}
	}
	err = c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	<-heard
	r := Report{Heard: make([]bool, n)}
	var all []time.Duration
	for i := range n {
		if r.Heard[i] = took[i] > 0; r.Heard[i] {
			all = append(all, took[i])
		}
	}
	slices.Sort(all)
	if len(all) > 0 {
		r.Value = float64(all[len(all)/2].Microseconds())
	}
	return r.of(err, began)
}
