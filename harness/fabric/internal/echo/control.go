package echo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// control is the HTTP API through which a peer is told what to call.
func control(k *caller) http.Handler {
	mux := http.NewServeMux()
	on := func(path string, do func(context.Context, url.Values) Report) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			bound, err := time.ParseDuration(q.Get("within"))
			if err != nil {
				bound = 5 * time.Second
			}
			ctx, cancel := context.WithTimeout(r.Context(), bound)
			defer cancel()
			// The asker may be gone: nothing to do about it.
			_ = json.NewEncoder(w).Encode(do(ctx, q))
		})
	}
	number := func(q url.Values, key string) int {
		n, err := strconv.Atoi(q.Get(key))
		if err != nil {
			return 0
		}
		return n
	}
	on("/dial", func(ctx context.Context, q url.Values) Report { return k.dial(ctx, q.Get("network"), q.Get("to")) })
	on("/hold", func(ctx context.Context, q url.Values) Report { return k.hold(ctx, q.Get("to")) })
	on("/drop", func(ctx context.Context, q url.Values) Report { return k.drop(ctx, number(q, "id")) })
	on("/ping", func(ctx context.Context, q url.Values) Report { return k.ping(ctx, number(q, "id")) })
	on("/watch", func(ctx context.Context, q url.Values) Report { return k.watch(ctx, number(q, "id")) })
	on("/pulses", func(ctx context.Context, q url.Values) Report {
		return k.pulses(ctx, number(q, "id"), int64(number(q, "after")))
	})
	on("/rtt", func(ctx context.Context, q url.Values) Report { return k.roundTrips(ctx, q.Get("to"), number(q, "n")) })
	on("/stream", func(ctx context.Context, q url.Values) Report {
		return k.stream(ctx, q.Get("to"), time.Duration(number(q, "ms"))*time.Millisecond)
	})
	on("/lookup", func(ctx context.Context, q url.Values) Report {
		return k.lookup(ctx, q.Get("server"), q.Get("name"), q.Get("type"))
	})
	on("/datagrams", func(ctx context.Context, q url.Values) Report {
		return k.datagrams(ctx, q.Get("to"), number(q, "n"), time.Duration(number(q, "ms"))*time.Millisecond)
	})
	visits := &browsers{own: map[string]*http.Client{}}
	on("/get", func(ctx context.Context, q url.Values) Report { return visits.get(ctx, q.Get("browser"), q.Get("url")) })
	return mux
}

// Client tells a peer what to call. An error means that the peer itself was
// not reached; what came of its calls is in the reports.
type Client struct{ Base string } // "http://host:port"

// within is how long a call may take, and a little more for the way to the peer.
func (c Client) get(ctx context.Context, path string, within time.Duration, args ...string) (r Report, err error) {
	q := url.Values{"within": {within.String()}}
	for i := 0; i+1 < len(args); i += 2 {
		q.Set(args[i], args[i+1])
	}
	ctx, cancel := context.WithTimeout(ctx, within+3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.Base+path+"?"+q.Encode(), nil)
	if err != nil {
		return r, fmt.Errorf("peer %s: %w", path, err)
	}
	// A connection of its own: an old one may have met a fault.
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return r, fmt.Errorf("peer %s: %w", path, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return r, fmt.Errorf("peer %s: %s", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(&r); err != nil {
		return r, fmt.Errorf("peer %s: %w", path, err)
	}
	return r, nil
}

// Dial connects, or sends a packet, and reads who answers.
func (c Client) Dial(ctx context.Context, network, to string, within time.Duration) (Report, error) {
	return c.get(ctx, "/dial", within, "network", network, "to", to)
}

// Hold opens a connection that stays, and gives its ID.
func (c Client) Hold(ctx context.Context, to string) (Report, error) {
	return c.get(ctx, "/hold", 5*time.Second, "to", to)
}

// Drop closes a held connection.
func (c Client) Drop(ctx context.Context, id int) (Report, error) {
	return c.get(ctx, "/drop", 5*time.Second, "id", strconv.Itoa(id))
}

// Ping sends on a held connection and awaits the answer.
func (c Client) Ping(ctx context.Context, id int, within time.Duration) (Report, error) {
	return c.get(ctx, "/ping", within, "id", strconv.Itoa(id))
}

// Watch waits on a held connection without sending.
func (c Client) Watch(ctx context.Context, id int, within time.Duration) (Report, error) {
	return c.get(ctx, "/watch", within, "id", strconv.Itoa(id))
}

// Pulses counts what a held connection hears during d, of what was said after
// an instant, Unix nanoseconds.
func (c Client) Pulses(ctx context.Context, id int, after int64, d time.Duration) (Report, error) {
	return c.get(ctx, "/pulses", d, "id", strconv.Itoa(id), "after", strconv.FormatInt(after, 10))
}

// RoundTrips measures the median of n, in µs.
func (c Client) RoundTrips(ctx context.Context, to string, n int) (Report, error) {
	return c.get(ctx, "/rtt", 30*time.Second, "to", to, "n", strconv.Itoa(n))
}

// Stream measures how much a peer can send here in d, in MB/s.
func (c Client) Stream(ctx context.Context, to string, d time.Duration) (Report, error) {
	return c.get(ctx, "/stream", d+10*time.Second, "to", to, "ms", strconv.FormatInt(d.Milliseconds(), 10))
}

// Lookup asks for a name; server "" is the container's own resolver.
func (c Client) Lookup(ctx context.Context, server, name, kind string) (Report, error) {
	return c.get(ctx, "/lookup", 5*time.Second, "server", server, "name", name, "type", kind)
}

// LookupWithin is Lookup with a bound of its own.
func (c Client) LookupWithin(ctx context.Context, server, name, kind string, within time.Duration) (Report, error) {
	return c.get(ctx, "/lookup", within, "server", server, "name", name, "type", kind)
}

// Datagrams sends n, one every so often, and tells which were answered.
func (c Client) Datagrams(ctx context.Context, to string, n int, every time.Duration) (Report, error) {
	return c.get(ctx, "/datagrams", time.Duration(n)*every+5*time.Second, "to", to, "n", strconv.Itoa(n), "ms", strconv.FormatInt(every.Milliseconds(), 10))
}

// Get asks for a page with a browser of a name, which keeps its connections.
func (c Client) Get(ctx context.Context, browser, page string, within time.Duration) (Report, error) {
	return c.get(ctx, "/get", within, "browser", browser, "url", page)
}

// Answers tells whether an HTTP server completes a request there, within a
// second; its status does not matter.
func Answers(ctx context.Context, base string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/", nil)
	if err != nil {
		return err
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	return res.Body.Close()
}
