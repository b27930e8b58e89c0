package hand

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"bascule/harness/wire"
)

// ErrUnknown means that the hand never saw what a call names.
var ErrUnknown = wire.ErrUnknown

// Client talks to a hand. It is safe for concurrent use, and every call of it
// is bounded.
type Client struct{ wire *wire.Client }

// NewClient talks to the hand at base, "http://host:port".
func NewClient(base string) *Client { return &Client{wire.NewClient("hand", base)} }

// Health asks whether the hand answers, and what it can do.
func (c *Client) Health(ctx context.Context) (h Health, err error) {
	err = c.wire.Call(ctx, http.MethodGet, PathHealth, nil, &h)
	return h, err
}

// Do puts an act in force.
func (c *Client) Do(ctx context.Context, a Act) (s ActState, err error) {
	err = c.wire.Call(ctx, http.MethodPost, PathActs, a, &s)
	return s, err
}

// Undo ends an act; ErrUnknown for one that the hand never saw.
func (c *Client) Undo(ctx context.Context, id string) (s ActState, err error) {
	err = c.wire.Call(ctx, http.MethodDelete, PathActs+"/"+url.PathEscape(id), nil, &s)
	return s, err
}

// Acts lists every act, undone ones too, with what met each.
func (c *Client) Acts(ctx context.Context) (s []ActState, err error) {
	err = c.wire.Call(ctx, http.MethodGet, PathActs, nil, &s)
	return s, err
}

// HealAll undoes every act and unmounts every disk.
func (c *Client) HealAll(ctx context.Context) error {
	return errors.Join(c.wire.Call(ctx, http.MethodDelete, PathActs, nil, nil), c.wire.Call(ctx, http.MethodDelete, PathDisks, nil, nil))
}

// UndoAll undoes every act and leaves the disks as they are: their services
// still run on them.
func (c *Client) UndoAll(ctx context.Context) error {
	return c.wire.Call(ctx, http.MethodDelete, PathActs, nil, nil)
}

// StartProbe begins to ask.
func (c *Client) StartProbe(ctx context.Context, p Probe) error {
	return c.wire.Call(ctx, http.MethodPost, PathProbes, p, nil)
}

// Answers of a probe that were asked after since, Unix nanoseconds of the
// hand's clock; 0 for all that it still has.
func (c *Client) Answers(ctx context.Context, id string, since int64) (a []Answer, err error) {
	err = c.wire.Call(ctx, http.MethodGet, PathProbes+"/"+url.PathEscape(id)+"?since="+strconv.FormatInt(since, 10), nil, &a)
	return a, err
}

// StopProbe ends a probe; one that is none is no error.
func (c *Client) StopProbe(ctx context.Context, id string) error {
	err := c.wire.Call(ctx, http.MethodDelete, PathProbes+"/"+url.PathEscape(id), nil, nil)
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	return err
}

// Freezer stops the processes of a container, or lets them go on, behind the
// engine's back; pid is its first one.
func (c *Client) Freezer(ctx context.Context, pid int, frozen bool) error {
	return c.wire.Call(ctx, http.MethodPost, PathFreezer, Freezer{Pid: pid, Frozen: frozen}, nil)
}

// SetGuard has a container let go by itself, should this process not live to
// dismiss the guard.
func (c *Client) SetGuard(ctx context.Context, g Guard) error {
	return c.wire.Call(ctx, http.MethodPost, PathGuards, g, nil)
}

// DismissGuard ends a guard by its process; one that has acted is no error.
func (c *Client) DismissGuard(ctx context.Context, pid int) error {
	err := c.wire.Call(ctx, http.MethodDelete, PathGuards+"/"+strconv.Itoa(pid), nil, nil)
	if errors.Is(err, ErrUnknown) {
		return nil
	}
	return err
}

// PutDisk serves a volume; it is mounted when this returns.
func (c *Client) PutDisk(ctx context.Context, d Disk) error {
	return c.wire.Call(ctx, http.MethodPost, PathDisks, d, nil)
}
