package main

import (
	"fmt"
	"strconv"
	"time"

	"bascule/harness/stage"
)

// lost is what a system's documentation says of acknowledged writes.
type lost string

const (
	none     lost = "none"     // it says that none is lost
	possible lost = "possible" // it promises nothing; none may be lost all the same
	some     lost = "some"     // it says that some are
)

// prediction is what the settings and the documentation of a system lead to.
type prediction struct {
	Least   time.Duration `json:"least_ns"` // recovery time
	Most    time.Duration `json:"most_ns"`
	Formula string        `json:"formula"` // how the two come about
	Loss    lost          `json:"loss"`
	Within  time.Duration `json:"loss_within_ns,omitempty"` // longest span of a loss; 0 without one
	Retry   time.Duration `json:"retry_ns,omitempty"`       // a vote that nobody wins is repeated after this; 0: it is not predicted
	Taken   time.Duration `json:"taken_ns,omitempty"`       // longer than Most, where a known defect has the leader change once more; 0: no longer
	Unhurt  bool          `json:"unhurt,omitempty"`         // no recovery is measured: clients are served on, if in vain
}

// term is a part of a prediction, with its shortest and longest time.
type term struct {
	what        string
	least, most time.Duration
}

// sum adds the terms up, and tells how.
func sum(terms ...term) (p prediction) {
	for i, t := range terms {
		p.Least += t.least
		p.Most += t.most
		if i > 0 {
			p.Formula += " + "
		}
		p.Formula += t.what
		if t.least == t.most {
			p.Formula += fmt.Sprintf(" %v", t.most)
		} else {
			p.Formula += fmt.Sprintf(" %v..%v", t.least, t.most)
		}
	}
	p.Least = max(p.Least, 0)
	return p
}

// settings reads the environment of a service, where it is first found.
type settings struct {
	stage *stage.Stage
	err   error // the first thing that was missing or wrong
}

// read is a setting of a service in any place of the stage.
func (s *settings) read(service, key string) string {
	for _, site := range s.stage.Sites {
		if c, ok := site.Project.Services[service]; ok && c.Environment[key] != nil {
			return *c.Environment[key]
		}
	}
	s.wrong(fmt.Errorf("stage %s: service %s has no %s", s.stage.ID, service, key))
	return ""
}

func (s *settings) wrong(err error) {
	if s.err == nil {
		s.err = err
	}
}

// number is a setting that counts units.
func (s *settings) number(service, key string, unit time.Duration) time.Duration {
	n, err := strconv.Atoi(s.read(service, key))
	if err != nil {
		s.wrong(fmt.Errorf("stage %s: %s of %s: %w", s.stage.ID, key, service, err))
	}
	return time.Duration(n) * unit
}

// duration is a setting with its unit.
func (s *settings) duration(service, key string) time.Duration {
	d, err := time.ParseDuration(s.read(service, key))
	if err != nil {
		s.wrong(fmt.Errorf("stage %s: %s of %s: %w", s.stage.ID, key, service, err))
	}
	return d
}
