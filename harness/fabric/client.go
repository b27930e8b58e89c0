package fabric

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// ErrNoFault means that the agent never saw a fault of this id.
var ErrNoFault = errors.New("the fabric knows no such fault")

// Client talks to an agent. It is safe for concurrent use.
type Client struct {
	base string
	http *http.Client
}

// NewClient talks to the agent at base, "http://host:port". Every call is
// bounded: 10 s, or the context's own bound where that is shorter.
func NewClient(base string) *Client {
	return &Client{base: base, http: &http.Client{Timeout: 10 * time.Second}}
}

// call does one request and decodes its answer into out.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("fabric: %s %s: %w", method, path, err)
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("fabric: %s %s: %w", method, path, err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("fabric: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode == http.StatusNotFound && method == http.MethodDelete {
		return ErrNoFault
	}
	if res.StatusCode >= 300 {
		var e failure
		_ = json.NewDecoder(res.Body).Decode(&e)
		return fmt.Errorf("fabric: %s %s: %s: %s", method, path, res.Status, e.Error)
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("fabric: %s %s: read the answer: %w", method, path, err)
	}
	return nil
}

// Health asks whether the agent answers, and what it can do.
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	err = c.call(ctx, http.MethodGet, PathHealth, nil, &h)
	return h, err
}

// PutTopology makes a topology true; it is in force when this returns.
func (c *Client) PutTopology(ctx context.Context, t Topology) (h Health, err error) {
	err = c.call(ctx, http.MethodPut, PathTopology, t, &h)
	return h, err
}

// Inject puts a fault in force.
func (c *Client) Inject(ctx context.Context, f Fault) (s FaultState, err error) {
	err = c.call(ctx, http.MethodPost, PathFaults, f, &s)
	return s, err
}

// Heal ends one fault; ErrNoFault for one that the agent never saw.
func (c *Client) Heal(ctx context.Context, id string) (s FaultState, err error) {
	err = c.call(ctx, http.MethodDelete, PathFaults+"/"+url.PathEscape(id), nil, &s)
	return s, err
}

// HealAll ends every fault.
func (c *Client) HealAll(ctx context.Context) error {
	return c.call(ctx, http.MethodDelete, PathFaults, nil, nil)
}

// Faults lists every fault, healed ones too, with what each has met.
func (c *Client) Faults(ctx context.Context) (s []FaultState, err error) {
	err = c.call(ctx, http.MethodGet, PathFaults, nil, &s)
	return s, err
}

// SetEntry leads clients to a site; "" refuses them.
func (c *Client) SetEntry(ctx context.Context, site string) error {
	return c.call(ctx, http.MethodPut, PathEntry, entryRequest{Site: site}, nil)
}

// Observations newer than since, a Seq; 0 for all.
func (c *Client) Observations(ctx context.Context, since int64) (o []Observation, err error) {
	err = c.call(ctx, http.MethodGet, PathObservations+"?since="+strconv.FormatInt(since, 10), nil, &o)
	return o, err
}

// Links tells which links were used, and how often.
func (c *Client) Links(ctx context.Context) (l []LinkUse, err error) {
	err = c.call(ctx, http.MethodGet, PathLinks, nil, &l)
	return l, err
}
