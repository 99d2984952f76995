package lab_test

import (
	"testing"

	"github.com/netlab-dev/netlab/lab"
)

// Whoever measures an interval by the wall clock is at its mercy: a client that was an hour behind sent its next request
// an hour later, a balancer spun in a wait that had ended by one instant and not by another, a leader that was seconds
// ahead stepped down.
func TestAWallClockThatJumpsHarmsNobody(t *testing.T) {
	if testing.Short() {
		t.Skip("runs balancers for minutes of virtual time")
	}
	path := scriptFile(t, `
load("@raft/cluster.star", "agree", "leader")

def test_traffic(lab, offset = 1*hour, closed = False, work = 5*ms):
    web = lab.add("http-backend", name = "web", count = 2, service_time = work)
    lb = lab.add("balancer", backends = web, strategy = "peak_ewma")
    client = lab.add("client")
    lab.network(latency = 2*ms)
    how = {"clients": 10} if closed else {"per_second": 100}
    drive = lab.spawn(client.drive, "http://%s/" % lb.addr, duration = 4*s, **how)
    lab.sleep(1*s)
    jumps = [node.clock(offset = offset) for node in [client, lb, web[0]]]
    lab.sleep(1*s)
    for jump in jumps:
        jump.heal()
    driven = drive.wait()
    check(driven.errors == 0)
    check(driven.latency.p99 < work + 30*ms)
    check(lab.now() < 5*s)

matrix(test_traffic, offset = [1*hour, -1*hour], closed = [False, True], work = [5*ms, 60*ms])

# Requests that have waited for long when the clock jumps: for a backend's answer, or in the queue for a backend.
def test_waits_of_a_balancer(lab, offset = 1*hour, size = 0*KiB):
    web = lab.add("http-backend", name = "web", count = 2, service_time = 1*s)
    lb = lab.add("balancer", backends = web, answer_timeout = 3*s, request_timeout = 10*s, queue_timeout = 9*s,
        max_active = 5, health_timeout = 2*s)
    client = lab.add("client")
    lab.network(latency = 2*ms)
    drive = lab.spawn(client.drive, "http://%s/" % lb.addr, clients = 20, duration = 3*s, within = 20*s, size = size)
    lab.sleep(500*ms)
    lb.clock(offset = offset)
    driven = drive.wait()
    check(driven.errors == 0)
    check(driven.latency.max < 2100*ms)

matrix(test_waits_of_a_balancer, offset = [1*hour, -1*hour], size = [0*KiB, 64*KiB])

def test_limits_of_a_balancer(lab, offset = 1*hour, max_active = 0):
    web = lab.add("http-backend", name = "web", count = 2, service_time = 1*hour)
    lb = lab.add("balancer", backends = web, answer_timeout = 3*s, queue_timeout = 3*s, retries = 0, max_active = max_active)
    client = lab.add("client")
    lab.network(latency = 2*ms)
    drive = lab.spawn(client.drive, "http://%s/" % lb.addr, clients = 10, duration = 1*s, within = 20*s)
    lab.sleep(500*ms)
    lb.clock(offset = offset)
    driven = drive.wait()
    check(driven.latency.p50 > 3*s)
    check(driven.latency.max < 3100*ms)

matrix(test_limits_of_a_balancer, offset = [1*hour, -1*hour], max_active = [0, 1])

def test_raft(lab, offset = 2*s):
    cluster = lab.add("raft", name = "n", count = 3)
    user = lab.add("raft-client", name = "user", servers = cluster)
    lab.network(latency = 5*ms, jitter = 2*ms)
    agree(lab, cluster, "x")
    first = leader(cluster)
    for _ in range(20):
        first.clock(offset = offset)
        user.clock(offset = offset)
        lab.sleep(lab.rand.duration(300*ms, 500*ms))
        check(user.incr("n", timeout = 1*s).ok)
    check(not lab.events("stepped_down"))

matrix(test_raft, offset = [2*s, -2*s])
`)
	report, err := lab.Run(t.Context(), builtins(t), lab.Options{Targets: []string{path}, Engine: "sim", Runs: 5})
	if err != nil || report.Failed > 0 || report.Passed != 18 {
		t.Errorf("%v, %+v", err, report)
	}
}
