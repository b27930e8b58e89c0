package history

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Writer records a history. It is safe for concurrent use.
//
// Events are in the file when Event returns. Operations are gathered, and
// written and synced to the disk together at most every 100 ms, so that a run
// that is killed loses no more than that and the load never waits for a disk.
type Writer struct {
	path  string
	clock func() time.Duration
	out   file

	mu     sync.Mutex // guards what follows; held for moments only
	buf    []byte
	err    error // the first
	broken bool  // the file takes no more
	closed bool

	io    sync.Mutex // guards out's order, spare and dirty; taken before mu
	spare []byte
	dirty bool // written, not yet synced

	stop chan struct{}
	done chan struct{}
}

// file is what a Writer needs of an os.File; a test puts a full disk there.
type file interface {
	Write([]byte) (int, error)
	Sync() error
	Close() error
}

// syncEvery bounds the age of an operation that is not on the disk yet.
const syncEvery = 100 * time.Millisecond

// bufferLimit is how much may wait for a slow disk before callers wait too.
const bufferLimit = 16 << 20

// ErrClosed is the error of a Writer that was used after Close.
var ErrClosed = errors.New("history: already closed")

// Create starts a history at path, which must not exist, and writes its header.
// clock is the time since the start of the scenario.
func Create(path string, h Header, clock func() time.Duration) (*Writer, error) {
	h.Format = Format
	head, err := appendObject(nil, 'h', h)
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		if errors.Is(err, os.ErrExist) {
			return nil, fmt.Errorf("history: %s is there already: another run uses this folder, or did; give each run its own: %w", path, err)
		}
		return nil, fmt.Errorf("history: %w", err)
	}
	w := newWriter(path, f, clock)
	w.append(func(b []byte) ([]byte, error) { return append(b, head...), nil })
	w.flush()
	w.sync()
	if err := errors.Join(w.Err(), syncFolder(filepath.Dir(path))); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func newWriter(path string, out file, clock func() time.Duration) *Writer {
	w := &Writer{path: path, clock: clock, out: out, stop: make(chan struct{}), done: make(chan struct{})}
	go w.syncLoop()
	return w
}

// syncFolder makes the file's name durable.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("history: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("history: syncing the folder %s: %w", dir, err)
	}
	return nil
}

// Event records that something happened now. kv are pairs of an attribute and
// its value; attributes without a value are left out.
func (w *Writer) Event(kind Kind, subject string, kv ...string) {
	w.event(w.clock, kind, subject, kv)
}

// EventAt records that something happened at the instant at.
func (w *Writer) EventAt(at time.Duration, kind Kind, subject string, kv ...string) {
	w.event(func() time.Duration { return at }, kind, subject, kv)
}

func (w *Writer) event(at func() time.Duration, kind Kind, subject string, kv []string) {
	e := Event{Kind: kind, Subject: subject}
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i+1] == "" {
			continue
		}
		if e.Attrs == nil {
			e.Attrs = make(map[string]string, len(kv)/2)
		}
		e.Attrs[kv[i]] = kv[i+1]
	}
	w.append(func(b []byte) ([]byte, error) {
		if len(kv)%2 != 0 {
			return b, fmt.Errorf("history: event %s %s: attribute %q has no value", kind, subject, kv[len(kv)-1])
		}
		e.At = at() // under the lock: events stand in the file in the order of their times
		return appendObject(b, 'e', e)
	})
	w.flush()
}

// Operation records the end of an operation.
func (w *Writer) Operation(o Operation) {
	full := false
	w.append(func(b []byte) ([]byte, error) {
		b = appendOperation(b, o)
		full = len(b) > bufferLimit
		return b, nil
	})
	if full {
		w.flush()
	}
}

// Readback records what was found after recovery.
func (w *Writer) Readback(r Readback) {
	w.append(func(b []byte) ([]byte, error) { return appendReadback(b, r) })
	w.flush()
}

// Err is the first error of the record, such as a full disk. After a failed
// write nothing more is written: the file is readable up to there.
func (w *Writer) Err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.err
}

// Close writes and syncs what is left, and closes the file. It returns the
// first error of the whole record.
func (w *Writer) Close() error {
	w.mu.Lock()
	if w.closed {
		defer w.mu.Unlock()
		return w.err
	}
	w.closed = true
	w.mu.Unlock()
	close(w.stop)
	<-w.done
	w.flush()
	w.sync()
	w.io.Lock()
	err := w.out.Close()
	w.io.Unlock()
	if err != nil {
		w.fail(fmt.Errorf("history: closing %s: %w", w.path, err))
	}
	return w.Err()
}

// append lets add extend the buffer by whole lines.
func (w *Writer) append(add func([]byte) ([]byte, error)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed || w.broken {
		if w.err == nil {
			w.err = ErrClosed
		}
		return
	}
	n := len(w.buf)
	b, err := add(w.buf)
	if err != nil {
		b = b[:n] // the line that could not be written is missing, and Err says so
		if w.err == nil {
			w.err = err
		}
	}
	w.buf = b
}

// flush hands the buffer to the operating system.
func (w *Writer) flush() {
	w.io.Lock()
	defer w.io.Unlock()
	w.mu.Lock()
	out := w.buf
	w.buf = w.spare[:0]
	broken := w.broken
	w.mu.Unlock()
	w.spare = out
	if cap(w.spare) > 1<<20 { // a burst: do not keep its room
		w.spare = nil
	}
	if len(out) == 0 || broken {
		return
	}
	w.dirty = true
	if _, err := w.out.Write(out); err != nil {
		w.fail(fmt.Errorf("history: writing %s: %w; the record of this scenario ends here: make room on the disk and run it again", w.path, err))
	}
}

// sync waits until the disk has what was flushed.
func (w *Writer) sync() {
	w.io.Lock()
	dirty := w.dirty
	w.dirty = false
	w.io.Unlock()
	if !dirty {
		return
	}
	if err := w.out.Sync(); err != nil { // not under the lock: events need not wait for the disk
		w.fail(fmt.Errorf("history: syncing %s: %w", w.path, err))
	}
}

func (w *Writer) fail(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.broken = true
	if w.err == nil {
		w.err = err
	}
}

// syncLoop flushes and syncs what has gathered, until Close.
func (w *Writer) syncLoop() {
	defer close(w.done)
	tick := time.NewTicker(syncEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.stop:
			return
		case <-tick.C:
		}
		w.flush()
		w.sync()
	}
}
