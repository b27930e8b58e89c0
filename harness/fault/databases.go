package fault

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"bascule/harness/history"
)

// Databases is a plane with members that are databases of the stage.
type Databases interface {
	// Login tries to log in as the services do and out again. state is the
	// database's own SQLSTATE where it refuses, "" where it lets in; err says
	// that it gave no answer.
	Login(ctx context.Context, m Member) (state string, err error)
	// RevokePassword makes the password of the services' user invalid and ends
	// its sessions.
	RevokePassword(ctx context.Context, m Member) error
	// RestorePassword makes it valid again, wherever the database is primary by
	// now. One that was not revoked is no error.
	RestorePassword(ctx context.Context, m Member) error
	// TakeConnections takes connections of the database under id until it
	// refuses another, and tells how many it holds.
	TakeConnections(ctx context.Context, id string, m Member) (int, error)
	// GiveConnections closes what was taken under id.
	GiveConnections(ctx context.Context, id string) error
}

// What a database says when it refuses, by the SQL standard and PostgreSQL.
const (
	stateNoPassword    = "28P01" // invalid_password
	stateNoConnections = "53300" // too_many_connections
)

func databasesOf(i *Injection) (Databases, error) {
	d, ok := i.plane.(Databases)
	if !ok {
		return nil, errors.New("this target cannot reach databases")
	}
	return d, nil
}

// lettingIn makes sure that a database lets in before a fault makes it refuse.
func lettingIn(ctx context.Context, d Databases, members []Member) error {
	for _, m := range members {
		switch state, err := d.Login(ctx, m); {
		case err != nil:
			return fmt.Errorf("before the fault: %w", err)
		case state != "":
			return fmt.Errorf("%s/%s refused a login before the fault (SQLSTATE %s)", m.Site, m.Service, state)
		}
	}
	return nil
}

// refusing tells whether every database refuses with a state.
func refusing(ctx context.Context, d Databases, members []Member, want string) (bool, error) {
	for _, m := range members {
		state, err := d.Login(ctx, m)
		if err != nil || state != want {
			return false, err
		}
	}
	return len(members) > 0, nil
}

// revoking makes the password of a database's user invalid.
type revoking struct {
	i   *Injection
	dbs Databases
}

func byRevoking(i *Injection) (Injector, error) {
	d, err := databasesOf(i)
	return &revoking{i, d}, err
}

// Inject revokes; the sessions end with it, so that services must log in again.
func (x *revoking) Inject(ctx context.Context) error {
	if err := lettingIn(ctx, x.dbs, x.i.members); err != nil {
		return err
	}
	x.i.inForce()
	return x.i.all(func(m Member) error { return x.dbs.RevokePassword(ctx, m) })
}

// Bite is a login that the database refuses.
func (x *revoking) Bite(ctx context.Context) (history.Text, bool, error) {
	ok, err := refusing(ctx, x.dbs, x.i.members, stateNoPassword)
	return history.Text{
		FR: "une connexion témoin est refusée par la base : mot de passe invalide (SQLSTATE 28P01)",
		EN: "the database refuses a canary's login: invalid password (SQLSTATE 28P01)",
	}, ok, err
}

// Undo makes it valid again.
func (x *revoking) Undo(ctx context.Context) error {
	return x.i.all(func(m Member) error { return x.dbs.RestorePassword(ctx, m) })
}

// hoarding takes every connection of a database, and what is freed meanwhile.
type hoarding struct {
	i    *Injection
	dbs  Databases
	held atomic.Int64
}

func byHoarding(i *Injection) (Injector, error) {
	d, err := databasesOf(i)
	return &hoarding{i: i, dbs: d}, err
}

// Inject takes what is free.
func (x *hoarding) Inject(ctx context.Context) error {
	if err := lettingIn(ctx, x.dbs, x.i.members); err != nil {
		return err
	}
	return x.take(ctx)
}

func (x *hoarding) take(ctx context.Context) error {
	held := 0
	for _, m := range x.i.members {
		n, err := x.dbs.TakeConnections(ctx, x.i.ID, m)
		if err != nil {
			return err
		}
		held += n
	}
	x.held.Store(int64(held))
	return nil
}

// retake is how often a connection is tried for that a service may have given
// back: the service may be quicker, as it may be with any other client. Each try
// costs the database a process.
const retake = 50 * time.Millisecond

// Keep takes what services give back. A database that does not answer at this
// moment is asked again.
func (x *hoarding) Keep(ctx context.Context) {
	tick := time.NewTicker(retake)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			_ = x.take(ctx)
		}
	}
}

// Bite is a login that the database refuses for want of a connection.
func (x *hoarding) Bite(ctx context.Context) (history.Text, bool, error) {
	ok, err := refusing(ctx, x.dbs, x.i.members, stateNoConnections)
	return and(history.Plural(int(x.held.Load()), "%d connexion prise", "%d connexions prises", "%d connection taken", "%d connections taken"), history.Text{
		FR: "une connexion témoin est refusée par la base : plus aucune de libre (SQLSTATE 53300)",
		EN: "the database refuses a canary's login: none is free (SQLSTATE 53300)",
	}), ok, err
}

// givenBack bounds the wait for a database to learn that clients are gone.
const givenBack = 5 * time.Second

// Undo closes what was taken, and waits until the database has learnt of it.
func (x *hoarding) Undo(ctx context.Context) error {
	if err := x.dbs.GiveConnections(ctx, x.i.ID); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, givenBack)
	defer cancel()
	for {
		full, err := refusing(ctx, x.dbs, x.i.members, stateNoConnections)
		if err != nil || !full {
			return nil // one that does not answer is ill of something else
		}
		if pause(ctx, retake) != nil {
			return fmt.Errorf("the database still has no free connection %s after they were closed", givenBack)
		}
	}
}
