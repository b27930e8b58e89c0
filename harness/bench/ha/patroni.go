package main

import "time"

// What Patroni, etcd and HAProxy do with their settings: Patroni 3.0.2 and its
// manual ("Dynamic Configuration Settings", "Replication modes"), etcd 3.4,
// HAProxy 2.6, all as in Debian 12.

// patroni are the settings that times follow from.
type patroni struct {
	ttl      time.Duration // the leader's lock runs out this long after it was last renewed
	loopWait time.Duration // between two looks of a node; the leader renews its lock at each
	check    time.Duration // HAProxy's inter; a node is taken up at the first good check (rise 1)
}

func readPatroni(s *settings) patroni {
	return patroni{ttl: s.number("db", "TTL", time.Second), loopWait: s.number("db", "LOOP_WAIT", time.Second),
		check: s.duration("haproxy", "CHECK_EVERY")}
}

// Constants of the programs.
const (
	etcdExpires  = 500 * time.Millisecond  // etcd looks for leases that ran out twice a second (server/lease: expiredLeaseRetryInterval)
	etcdElection = 2 * time.Second         // a new leader within twice the election timeout of 1 s; it then extends every lease by that
	askMember    = 2 * time.Second         // ha.py, fetch_node_status: patience with a member that is silent, before a promotion
	promotion    = 3 * time.Second         // pg_ctl promote until Patroni answers 200 to /primary: WAL to the end, new timeline, next look at PostgreSQL
	looking      = 1500 * time.Millisecond // what a look takes by itself, on a machine that is shared
	haproxyAsks  = time.Second             // timeout check
	pool         = 1500 * time.Millisecond // the order service: its pool looks at idle connections every second, and gives up waiting for one after 0.4 s
)

// gone predicts a leader that is lost, frozen or cut off, clients included: its
// lock was renewed up to loop_wait before, and runs out ttl after that; the
// standby hears of it at once (watch), asks the others, and promotes itself.
func (p patroni) gone() prediction {
	return sum(
		term{"ttl", p.ttl, p.ttl},
		term{"- age of the lock (up to loop_wait)", -p.loopWait - looking, 0},
		term{"etcd's look at expired locks", 0, etcdExpires},
		term{"asking the silent leader", 0, askMember},
		term{"promotion", 0, promotion},
		term{"HAProxy's check", 0, p.check + haproxyAsks},
		term{"the service's pool", 0, pool},
	)
}

// cutOff predicts a site that is cut off from all others for a time, clients
// not: the other side has a new leader before the end, and this one's clients
// have none until then.
func (p patroni) cutOff(d time.Duration) prediction {
	failover := p.gone().Most + etcdElection
	return sum(
		term{"the cut", d, max(d, failover)},
		term{"mending it", 0, time.Second},
		term{"HAProxy's check of the other site", 0, p.check + haproxyAsks},
		term{"the service's pool", 0, pool},
	)
}

// takenBack adds what follows where a site takes its lock back although another
// holds it: that one steps down, and one of the two is promoted anew at its next look.
func (p patroni) takenBack(of prediction) prediction {
	more := sum(term{"its next look", 0, p.loopWait + looking}, term{"promotion", 0, promotion})
	of.Taken = more.Most
	of.Formula += "; where the lock is taken back, + " + more.Formula
	return of
}

// async are the losses of asynchronous replication: "the amount of data lost in
// the worst case is maximum_lag_on_failover bytes plus what is written in the
// last ttl seconds" (Replication modes). ttl is also the longest that a leader
// which is cut off goes on, since it must have stepped down when its lock runs
// out.
func (p patroni) async(of prediction, loss lost) prediction {
	of.Loss, of.Within = loss, p.ttl
	return of
}

// sync are those of synchronous_mode: "Patroni will not promote a standby unless
// it is certain that it contains all transactions that may have returned a
// successful commit status to clients".
func (p patroni) sync(of prediction) prediction {
	of.Loss = none
	return of
}
