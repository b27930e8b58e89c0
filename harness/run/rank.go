package run

import "sync"

// rank is the priority that the process has while loads are on: those of all
// scenarios of a run share it.
type rank struct {
	mu   sync.Mutex
	held int
	real bool
	undo func()
}

// hold raises the priority until every hold was released; real tells whether
// the kernel let it. Releasing twice is releasing once.
func (r *rank) hold() (release func(), real bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held++; r.held == 1 {
		r.undo, r.real = sendFirst()
	}
	return sync.OnceFunc(r.release), r.real
}

func (r *rank) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held--; r.held == 0 {
		r.undo()
	}
}
