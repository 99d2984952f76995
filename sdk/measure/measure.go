// Package measure has the form of what an object has measured over time, as a drive of requests has: pictures of a run draw
// it. An object type that a method of a node returns may have a method
//
//	Series() measure.Series
//
// The lab asks for it once, when the method of the node returns, and only where a picture may be wanted. It must change
// nothing, draw no random number and never wait. Scripts do not see it.
package measure

import "time"

// Series is requests over time: latencies with their percentiles, and how many there were.
type Series struct {
	Name    string   // what was asked: http://lb:8080/
	Buckets []Bucket // in order of time, without a gap, some hundred; at most 200 are drawn
	All     Bucket   // the whole
}

// Bucket is the requests that were due within a stretch of time.
type Bucket struct {
	At       time.Duration // when it begins, since the run began
	For      time.Duration // how long it is
	Requests int
	Errors   int // of them
	P50      time.Duration
	P99      time.Duration
	Max      time.Duration
}
