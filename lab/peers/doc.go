// Package peers measures parts of lab against the programs that people use today for the same work, both in the same
// run. It is a module of its own, so that no peer gets among the dependencies of lab. One command, about a minute on
// two quiet cores, run in this folder:
//
//	go test -run=NONE -bench=. -benchtime=7x
//
// An iteration is a round, in which every side does a fixed amount of work once; who goes first changes from round to
// round. What is printed is the median of the rounds. A metric that begins with peer- is the peer's. A ratio is the
// median of the rounds' own ratios, and above 1 ours is ahead, also where less is better:
//
//	x-peer      ours to the peer in what the benchmark is about
//	cpu-x-peer  the same for processor time of the relaying process
//
// # BenchmarkRelay
//
// lab/relay against the server of Shopify's toxiproxy. Each relay is a process of its own with its standard settings
// and without any fault; the sink is a third process, the same for both, and the client is the benchmark. Bulk is one
// connection in one direction; round trips are of 64 bytes, on 1 and on 64 connections at a time. CPU is all that the
// relaying process has used meanwhile, in user mode and in the kernel.
//
// The latency benchmarks send round trips over a link that delays one direction by 10 ms, each connection one after the
// other. What their median takes beyond those 10 ms and an undelayed round trip through the same relay in the same
// round is printed in microseconds: beyond-us compares with the median of one connection that never rests, so with 64
// connections it contains the wait for the others; alike-us compares with as many connections, each resting 10 ms
// before a trip, so that what remains is the link's own error; it may be so near to 0 that a ratio would say nothing.
//
// # BenchmarkBalancer
//
// plugins/balancer in a process of its own, as lab up starts it, against nginx, haproxy and caddy as Debian has them,
// each before the same two backends (http-backend of lab, 128 bytes), under the load of wrk on 32 connections. What
// counts is requests per second of the proxy's processor time, in user mode and in the kernel: requests per second say
// little where load, proxies and backends share two cores, and our connections to the backends go through the relay as
// well, in another process. In strategy the sides are the Go strategy p2c and two strategies of a script: the score of
// p2c, and the least of all backends.
//
// # BenchmarkRaft
//
// plugins/raft/core against RawNode of go.etcd.io/raft/v3: one goroutine carries all messages between 3 or 5 nodes,
// writes to memory, and keeps 1 or 64 proposals of 64 bytes outstanding. Both have pre-vote and check-quorum, the same
// window of messages under way and the same limit of a message. msg/s counts the messages between nodes, and
// commits-x-peer compares what comes of them.
//
// In the loop of x-peer both act on every proposal and every message before they take the next; there, with the wide
// window a message carries one entry at most, and with the narrow one it carries what has waited. In the loop of
// together- both take all new proposals at once, and RawNode, whose design allows it, also acts only once on all
// messages that have arrived.
package peers
