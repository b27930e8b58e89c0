package fabric

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"bascule/harness/wire"
)

// ErrNoFault means that the agent never saw a fault of this id.
var ErrNoFault = fmt.Errorf("the fabric knows no such fault: %w", wire.ErrUnknown)

// Client talks to an agent. It is safe for concurrent use.
type Client struct{ wire *wire.Client }

// NewClient talks to the agent at base, "http://host:port". Every call is
// bounded: 10 s, or the context's own bound where that is shorter.
func NewClient(base string) *Client {
	return &Client{wire.NewClient("fabric", base)}
}

// Health asks whether the agent answers, and what it can do.
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	err = c.wire.Call(ctx, http.MethodGet, PathHealth, nil, &h)
	return h, err
}

// PutTopology makes a topology true; it is in force when this returns.
func (c *Client) PutTopology(ctx context.Context, t Topology) (h Health, err error) {
	err = c.wire.Call(ctx, http.MethodPut, PathTopology, t, &h)
	return h, err
}

// Restore puts a topology, the faults in force and the site of the entry in
// force with an agent that may be another than the one that was told them (see
// Health.Started). What holds already stays as it is: to restore twice is to
// restore once. With a new agent, no packet passes a link before all of it is in
// force; after an error none passes at all until another Restore succeeds. What
// faults have met begins anew at 0, and so do AppliedAt and ExpiresIn.
func (c *Client) Restore(ctx context.Context, t Topology, faults []Fault, entry string) (h Health, err error) {
	err = c.wire.Call(ctx, http.MethodPost, PathRestore, Restoration{Topology: t, Faults: faults, Entry: entry}, &h)
	return h, err
}

// Inject puts a fault in force.
func (c *Client) Inject(ctx context.Context, f Fault) (s FaultState, err error) {
	err = c.wire.Call(ctx, http.MethodPost, PathFaults, f, &s)
	return s, err
}

// Heal ends one fault; ErrNoFault for one that the agent never saw.
func (c *Client) Heal(ctx context.Context, id string) (s FaultState, err error) {
	err = c.wire.Call(ctx, http.MethodDelete, PathFaults+"/"+url.PathEscape(id), nil, &s)
	if errors.Is(err, wire.ErrUnknown) {
		err = ErrNoFault
	}
	return s, err
}

// HealAll ends every fault.
func (c *Client) HealAll(ctx context.Context) error {
	return c.wire.Call(ctx, http.MethodDelete, PathFaults, nil, nil)
}

// Faults lists every fault, healed ones too, with what each has met.
func (c *Client) Faults(ctx context.Context) (s []FaultState, err error) {
	err = c.wire.Call(ctx, http.MethodGet, PathFaults, nil, &s)
	return s, err
}

// SetEntry leads clients to a site; "" refuses them.
func (c *Client) SetEntry(ctx context.Context, site string) error {
	_, _, err := c.SwitchEntry(ctx, site)
	return err
}

// SwitchEntry is SetEntry that tells between which instants new connections began
// to be led there, in Unix nanoseconds of the agent's clock.
func (c *Client) SwitchEntry(ctx context.Context, site string) (from, to int64, err error) {
	var done entryRequest
	err = c.wire.Call(ctx, http.MethodPut, PathEntry, entryRequest{Site: site}, &done)
	return done.BeganAt, done.SwitchedAt, err
}

// MoveName has a name lead elsewhere; its lookups are answered so when this
// returns. What was resolved before holds for AnswerTTL yet, and longer with
// those who do not keep to it.
func (c *Client) MoveName(ctx context.Context, m NameMove) error {
	return c.wire.Call(ctx, http.MethodPut, PathNames, m, nil)
}

// Observations newer than since, a Seq; 0 for all.
func (c *Client) Observations(ctx context.Context, since int64) (o []Observation, err error) {
	err = c.wire.Call(ctx, http.MethodGet, PathObservations+"?since="+strconv.FormatInt(since, 10), nil, &o)
	return o, err
}

// Links tells which links were used, and how often.
func (c *Client) Links(ctx context.Context) (l []LinkUse, err error) {
	err = c.wire.Call(ctx, http.MethodGet, PathLinks, nil, &l)
	return l, err
}
