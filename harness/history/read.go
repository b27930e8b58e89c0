package history

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"sync"
)

// History is a scenario as it was recorded.
type History struct {
	Header    Header
	Events    []Event // in the order of the file
	Ops       Ops     // by intended time, then ID
	Readbacks []Readback
	Complete  bool // the last line is there: nobody killed the run
	Truncated bool // the file ends in the middle of a line
}

// ErrFormat says that a history has a format that this program does not read.
var ErrFormat = errors.New("unknown history format")

// ReadFile reads the history at path. One that a killed run left behind is read as
// far as it goes: it is not Complete, and Truncated where its last line is torn.
// A broken line elsewhere is an error that names file and line.
func ReadFile(path string) (*History, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	defer f.Close()
	lines, err := countLines(f)
	if err != nil {
		return nil, fmt.Errorf("history: counting the lines of %s: %w", path, err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("history: %s: %w", path, err)
	}
	return decode(path, f, lines)
}

// Decode reads a history from r, as ReadFile does; name stands for it in errors.
func Decode(name string, r io.Reader) (*History, error) { return decode(name, r, 0) }

// countLines counts line ends: the room to make for operations.
func countLines(r io.Reader) (n int, err error) {
	buf := make([]byte, 1<<20)
	for {
		k, err := r.Read(buf)
		n += bytes.Count(buf[:k], []byte{'\n'})
		if errors.Is(err, io.EOF) {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// job is a stretch of whole lines on its way through a decoder; results are
// collected in the order of the file.
type job struct {
	data   []byte
	first  bool
	last   bool // may be a torn line
	result chan *block
}

// room is memory to be used again.
type room struct{ buffers, blocks sync.Pool }

func (r *room) buffer(n int) []byte {
	if b, ok := r.buffers.Get().(*[]byte); ok && cap(*b) >= n {
		return (*b)[:n]
	}
	return make([]byte, n, n+n/8) // what is left of a line before makes the next one longer
}

func (r *room) block() *block {
	b, ok := r.blocks.Get().(*block)
	if !ok {
		b = &block{}
	}
	*b = block{ops: Ops{recs: b.ops.recs[:0]}}
	return b
}

// decode reads a history from r, decoding on all processors:
//
//	split into stretches of whole lines -> decoders -> collect, in order
func decode(name string, r io.Reader, lines int) (*History, error) {
	workers := runtime.GOMAXPROCS(0)
	// Few stretches are under way at a time, and their room is used again:
	// garbage in the size of the file would double what the reader takes.
	room := &room{}
	work := make(chan *job, workers)
	ordered := make(chan *job, 2*workers)
	stop := make(chan struct{})
	defer close(stop)
	for range workers {
		go func() {
			for j := range work {
				b := room.block()
				b.decode(j.data, j.first)
				room.buffers.Put(&j.data)
				j.result <- b
			}
		}()
	}
	readErr := make(chan error, 1)
	go func() {
		defer close(ordered)
		defer close(work)
		readErr <- split(r, room, func(j *job) bool {
			for _, to := range []chan *job{ordered, work} {
				select {
				case to <- j:
				case <-stop:
					return false
				}
			}
			return true
		})
	}()
	h, err := collect(name, ordered, lines, room)
	if err != nil {
		return nil, err
	}
	if err := <-readErr; err != nil {
		return nil, fmt.Errorf("history: reading %s: %w", name, err)
	}
	return h, nil
}

// stretch is about how many bytes a decoder gets at a time.
const stretch = 1 << 20

// split cuts r into stretches of whole lines. The last one, where the file does
// not end in a line end, is handed on apart.
func split(r io.Reader, room *room, hand func(*job) bool) error {
	var carry []byte
	first := true
	for {
		buf := room.buffer(len(carry) + stretch)
		copy(buf, carry)
		n, err := io.ReadFull(r, buf[len(carry):])
		buf = buf[:len(carry)+n]
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return err
		}
		cut := bytes.LastIndexByte(buf, '\n') + 1
		carry = bytes.Clone(buf[cut:])
		if cut > 0 {
			if !hand(&job{data: buf[:cut], first: first, result: make(chan *block, 1)}) {
				return nil
			}
			first = false
		}
		if end {
			if len(carry) > 0 {
				hand(&job{data: carry, first: first, last: true, result: make(chan *block, 1)})
			}
			return nil
		}
	}
}

// collect puts the decoded stretches together.
func collect(name string, ordered <-chan *job, lines int, room *room) (*History, error) {
	h := &History{}
	h.Ops.recs = make([]record, 0, lines)
	var gather gathering
	at, header := 0, false
	for j := range ordered {
		b := <-j.result
		if b.header != nil {
			h.Header, header = *b.header, true
		}
		if b.err != nil && j.last && header {
			h.Truncated = true
			break
		}
		if b.err != nil {
			return nil, fmt.Errorf("history: %s:%d: %w", name, at+b.errLine, b.err)
		}
		at += b.lines
		h.Events = append(h.Events, b.events...)
		h.Ops.merge(&b.ops)
		for _, r := range b.readbacks {
			if whole, ok := gather.add(r); ok {
				h.Readbacks = append(h.Readbacks, whole)
			}
		}
		room.blocks.Put(b)
	}
	if !header {
		return nil, fmt.Errorf("history: %s is empty: the run ended before it recorded anything", name)
	}
	// What is left in gather has no end: rows that it does not list are not
	// absent, so that it must not count as a read-back.
	n := len(h.Events)
	h.Complete = n > 0 && h.Events[n-1].Kind == RunFinished
	return h, nil
}

// gathering is a read-back of which not every line has come yet. Its lines are
// joined at the end, once: growing step by step would take twice the room.
type gathering struct {
	lines []readbackLine
	ids   int
	twice bool // some line has counts
}

// add takes a line, and returns the whole read-back after its last one.
func (g *gathering) add(line readbackLine) (Readback, bool) {
	g.lines = append(g.lines, line)
	g.ids += len(line.IDs)
	g.twice = g.twice || line.Copies != nil
	if line.More {
		return Readback{}, false
	}
	r := g.lines[0].Readback
	if len(g.lines) > 1 {
		r.IDs, r.Copies = make([]uint64, 0, g.ids), nil
		if g.twice {
			r.Copies = make([]int, 0, g.ids)
		}
		for _, l := range g.lines {
			r.IDs = append(r.IDs, l.IDs...)
			if g.twice {
				r.Copies = append(r.Copies, ones(l.Copies, len(l.IDs))...)
			}
		}
	}
	*g = gathering{}
	return r, true
}

// ones is copies, or n times 1 where copies are not given.
func ones(copies []int, n int) []int {
	if copies != nil {
		return copies
	}
	c := make([]int, n)
	for i := range c {
		c[i] = 1
	}
	return c
}
