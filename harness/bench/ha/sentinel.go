package main

import "time"

// What Redis and Sentinel 7.0 do with their settings: sentinel.c, and the manual
// ("High availability with Redis Sentinel").

// sentinel are the settings that times follow from.
type sentinel struct {
	downAfter time.Duration // silence that counts as down
	maxLag    time.Duration // min-replicas-max-lag; matters where MIN_REPLICAS is set
	retry     time.Duration // a vote that no sentinel wins is repeated after twice failover-timeout (sentinelStartFailoverIfNeeded)
}

func readSentinel(s *settings) sentinel {
	return sentinel{downAfter: s.number("sentinel-paris", "DOWN_AFTER_MS", time.Millisecond), maxLag: s.number("redis-paris", "MAX_LAG", time.Second),
		retry: 2 * s.number("sentinel-paris", "FAILOVER_TIMEOUT_MS", time.Millisecond)}
}

// Constants of sentinel.c and redis.conf.
const (
	pingPeriod   = time.Second            // SENTINEL_PING_PERIOD
	askPeriod    = time.Second            // SENTINEL_ASK_PERIOD: whether others think that the master is down
	maxDesync    = time.Second            // SENTINEL_MAX_DESYNC: before an election, at random
	infoPeriod   = time.Second            // INFO of replicas while a failover is under way
	helloPeriod  = 2 * time.Second        // SENTINEL_PUBLISH_PERIOD
	infoUsual    = 10 * time.Second       // SENTINEL_INFO_PERIOD
	timer        = 200 * time.Millisecond // two rounds of the timer (10 Hz)
	replicaAcks  = time.Second            // REPLCONF ACK of a replica, and the master's own look at them
	clientFollow = 1500 * time.Millisecond
)

// gone predicts a master that is lost, frozen or cut off, clients included.
// Silence counts from a PING without an answer, sent up to a period after the
// fault, or from the last answer before it where the connection is down, too.
func (s sentinel) gone() prediction {
	return sum(
		term{"down-after", s.downAfter, s.downAfter},
		term{"since the last answer, or until the next PING", -pingPeriod, pingPeriod + timer},
		term{"asking the other sentinels", 0, askPeriod + timer},
		term{"election, desynchronised", 0, maxDesync + timer},
		term{"the promotion is noticed", 0, infoPeriod + timer},
		term{"the service follows", 0, clientFollow},
	)
}

// healed is how long after a cut the former master is a replica again, and
// clients on its side are told: sentinels reconnect and say hello, wait for four
// publish periods before they correct a role (sentinelRefreshInstanceInfo), see
// the role by INFO; then it synchronises.
const healed = helloPeriod + pingPeriod + 4*helloPeriod + infoUsual

// cutOff predicts a master's site that is cut off from all others for a time,
// clients not: the other side promotes its replica, and this side's clients go
// on writing to a master that will be made a replica. "Redis Sentinel + Redis as
// a distributed system does not guarantee that acknowledged writes are retained
// during failures" (Fundamental things to know about Sentinel).
func (s sentinel) cutOff(d time.Duration) prediction {
	p := sum(term{"the cut", d, d}, term{"until roles are corrected", 0, healed})
	p.Unhurt, p.Loss, p.Within, p.Retry = true, some, p.Most, s.retry
	return p
}

// bounded is cutOff with min-replicas-to-write: writes stop max-lag after the
// last sign of a replica, and come back when there is one again. "This
// configuration [...] the old Redis master will stop accepting writes after
// [max-lag] seconds" (Example 2: basic setup with three boxes).
func (s sentinel) bounded(d time.Duration) prediction {
	p := sum(term{"the cut", d, d}, term{"until roles are corrected", 0, healed}, term{"the service follows", 0, clientFollow})
	p.Loss, p.Within, p.Retry = some, s.maxLag+2*replicaAcks, s.retry
	return p
}

// waited is cutOff with WAIT: an order that no replica has is not acknowledged.
// "WAIT does not make Redis a strongly consistent store", so none is not
// promised.
func (s sentinel) waited(d time.Duration) prediction {
	p := sum(term{"the cut", d, d}, term{"until roles are corrected", 0, healed}, term{"the service follows", 0, clientFollow})
	p.Loss, p.Within, p.Retry = possible, replicaAcks, s.retry
	return p
}

// async are the losses of a failover without a split: what the replica did not
// have yet when its master was gone.
func (s sentinel) async(p prediction) prediction {
	p.Loss, p.Within, p.Retry = possible, replicaAcks, s.retry
	return p
}
