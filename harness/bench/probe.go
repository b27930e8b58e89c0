package main

import (
	"context"
	"io"
	"net/http"
	"time"
)

// probe is what a script beside a failover test usually does: ask once a
// second, and take the time from the first failure to the next success. Its
// result, 0 where it noticed nothing, is sent once ctx has ended.
func probe(ctx context.Context, url string) <-chan time.Duration {
	result := make(chan time.Duration, 1)
	go func() {
		transport := &http.Transport{DisableKeepAlives: true}
		client := &http.Client{Transport: transport, Timeout: 2 * time.Second}
		var failed, back time.Time
		tick := time.NewTicker(probeEvery)
		defer tick.Stop()
		for {
			asked := time.Now()
			ok := ask(ctx, client, url)
			switch {
			case ctx.Err() != nil:
			case !ok && failed.IsZero():
				failed = asked
			case ok && !failed.IsZero() && back.IsZero():
				back = time.Now()
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				if back.IsZero() {
					failed = back
				}
				result <- back.Sub(failed)
				return
			}
		}
	}()
	return result
}

// ask is one question, on a connection of its own.
func ask(ctx context.Context, client *http.Client, url string) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/", nil)
	if err != nil {
		return false
	}
	res, err := client.Do(r)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err == nil && res.StatusCode == http.StatusOK
}
