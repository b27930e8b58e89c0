package main

import (
	"fmt"
	"time"

	"bascule/harness/stage"
)

// trial is a system with its settings, and what strikes it.
type trial struct {
	feature string // its name in features/ha
	system  string
	stage   string // "patroni", or "patroni/async" for a variant
	fault   string
	predict func(s *settings) (prediction, string) // also the settings in few words
	defect  string                                 // that is known of this version and breaks what is documented; "" none
}

// How long the sites of features are cut off.
const (
	patroniCut  = 35 * time.Second
	sentinelCut = 20 * time.Second
)

// lockTaken is a defect of the version that Debian 12 has, mended in May 2023.
const lockTaken = "by etcd's interface v3, Patroni 3.0.2 takes its lock back without asking who has it (pull request 2689)"

// trials are all that is played.
func trials() []trial {
	const patroniName, sentinelName = "PostgreSQL, Patroni", "Redis, Sentinel"
	return []trial{
		{feature: "patroni-leader-lost", system: patroniName, stage: "patroni", fault: "primary lost", predict: underPatroni("synchronous", patroni.sync, patroni.gone)},
		{feature: "patroni-leader-isolated", system: patroniName, stage: "patroni", fault: "primary cut off from everybody", predict: underPatroni("synchronous", patroni.sync, patroni.gone)},
		{feature: "patroni-leader-frozen", system: patroniName, stage: "patroni", fault: "primary frozen, then awake", predict: underPatroni("synchronous", patroni.sync, patroni.gone)},
		{feature: "patroni-site-cut-off", system: patroniName, stage: "patroni", fault: "site cut off, clients not, 35 s", predict: underPatroni("synchronous", patroni.sync, cutFor)},
		{feature: "patroni-unhurried", system: patroniName, stage: "patroni/unhurried", fault: "primary lost", predict: underPatroni("synchronous", patroni.sync, patroni.gone)},
		{feature: "patroni-async-lost", system: patroniName, stage: "patroni/async", fault: "primary lost", predict: underPatroni("asynchronous", losing(possible), patroni.gone)},
		{feature: "patroni-async-lagging", system: patroniName, stage: "patroni/async", fault: "replication cut, then primary lost", predict: underPatroni("asynchronous", losing(some), patroni.gone)},
		{feature: "patroni-async-site-cut-off", system: patroniName, stage: "patroni/async", fault: "site cut off, clients not, 35 s", predict: underPatroni("asynchronous", losing(some), cutFor)},
		{feature: "patroni-etcd3-leader-frozen", system: patroniName, stage: "patroni/etcd3", fault: "primary frozen, then awake", predict: underPatroni("synchronous, etcd v3", patroni.sync, patroni.gone), defect: lockTaken},
		{feature: "patroni-etcd3-site-cut-off", system: patroniName, stage: "patroni/etcd3", fault: "site cut off, clients not, 35 s", predict: underPatroni("synchronous, etcd v3", patroni.sync, cutAndTakenBack), defect: lockTaken},
		{feature: "sentinel-master-lost", system: sentinelName, stage: "sentinel", fault: "primary lost", predict: underSentinel("", func(s sentinel) prediction { return s.async(s.gone()) })},
		{feature: "sentinel-master-isolated", system: sentinelName, stage: "sentinel", fault: "primary cut off from everybody", predict: underSentinel("", func(s sentinel) prediction { return s.async(s.gone()) })},
		{feature: "sentinel-master-frozen", system: sentinelName, stage: "sentinel", fault: "primary frozen, then awake", predict: underSentinel("", func(s sentinel) prediction { return s.async(s.gone()) })},
		{feature: "sentinel-site-cut-off", system: sentinelName, stage: "sentinel", fault: "site cut off, clients not, 20 s", predict: underSentinel("", func(s sentinel) prediction { return s.cutOff(sentinelCut) })},
		{feature: "sentinel-min-replicas-site-cut-off", system: sentinelName, stage: "sentinel/min-replicas", fault: "site cut off, clients not, 20 s",
			predict: underSentinel("min-replicas-to-write 1, max-lag %v", func(s sentinel) prediction { return s.bounded(sentinelCut) })},
		{feature: "sentinel-wait-site-cut-off", system: sentinelName, stage: "sentinel/wait", fault: "site cut off, clients not, 20 s",
			predict: underSentinel("WAIT 1", func(s sentinel) prediction { return s.waited(sentinelCut) })},
	}
}

func cutFor(p patroni) prediction { return p.cutOff(patroniCut) }

func cutAndTakenBack(p patroni) prediction { return p.takenBack(cutFor(p)) }

func losing(what lost) func(patroni, prediction) prediction {
	return func(p patroni, of prediction) prediction { return p.async(of, what) }
}

func underPatroni(mode string, loss func(patroni, prediction) prediction, back func(patroni) prediction) func(*settings) (prediction, string) {
	return func(s *settings) (prediction, string) {
		p := readPatroni(s)
		return loss(p, back(p)), fmt.Sprintf("ttl %v, loop_wait %v, %s", p.ttl, p.loopWait, mode)
	}
}

// underSentinel: where also has a verb, it is for the max-lag.
func underSentinel(also string, predict func(sentinel) prediction) func(*settings) (prediction, string) {
	return func(s *settings) (prediction, string) {
		x := readSentinel(s)
		text := fmt.Sprintf("down-after %v", x.downAfter)
		switch also {
		case "":
		case "WAIT 1":
			text += ", " + also
		default:
			text += ", " + fmt.Sprintf(also, x.maxLag)
		}
		return predict(x), text
	}
}

// predicted reads the stage of a trial and predicts from it.
func (t trial) predicted(scenarios string) (prediction, string, error) {
	folder, variant := stage.Split(t.stage)
	st, err := stage.Load(scenarios+"/"+folder, variant)
	if err != nil {
		return prediction{}, "", fmt.Errorf("ha: %w", err)
	}
	s := &settings{stage: st}
	p, text := t.predict(s)
	if s.err != nil {
		return prediction{}, "", fmt.Errorf("ha: %w", s.err)
	}
	return p, text, nil
}
