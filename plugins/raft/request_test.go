package raft

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
)

var unexported = cmp.AllowUnexported(request{}, origin{}, response{}, kv.Value{})

func requestOf(q request) sdk.Message {
	typ, fields, payload := q.encode()
	return sdk.Message{From: q.client, Type: typ, Fields: fields, Payload: payload}
}

func responseOf(a response) sdk.Message {
	typ, fields, payload := a.encode()
	return sdk.Message{From: a.from, Type: typ, Fields: fields, Payload: payload}
}

func TestRequestsAndRepliesArriveAsTheyWereSent(t *testing.T) {
	from := origin{client: "c1:9000", id: limit}
	for _, want := range []request{
		{origin: from, term: 7, command: kv.Command{Op: kv.Open}},
		{origin: from, stale: true, command: kv.Command{Op: kv.Get, Key: "x"}},
		{origin: from, term: limit, command: kv.Command{
			Op: kv.Cas, Key: "x", Old: kv.Integer(1), New: kv.Text("ü"), Session: 3, Sequence: 4,
		}},
	} {
		got, err := decodeRequest(requestOf(want))
		if diff := cmp.Diff(&want, got, unexported); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
	for _, want := range []response{
		{from: "n1:7000", id: 1, asked: 2, status: statusRefused, leader: "n2", term: 3},
		{from: "n1:7000", status: statusElsewhere},
		{from: "n1:7000", status: statusLost, term: limit},
		{from: "n1:7000", id: 1, status: statusDone, result: kv.Result{Swapped: true, Value: kv.Text("x"), Session: 3}},
	} {
		got, err := decodeResponse(responseOf(want))
		if diff := cmp.Diff(want, got, unexported); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	}
}

// What scripts and traces read must be in the head, under the agreed names.
func TestTheHeadOfARequestSaysWhatItIs(t *testing.T) {
	q := request{origin: origin{id: 5}, term: 7, command: kv.Command{Op: kv.Get, Key: "x"}}
	want := sdk.Fields{
		{Name: "id", Value: int64(5)}, {Name: "term", Value: int64(7)},
		{Name: "op", Value: "get"}, {Name: "key", Value: "x"},
	}
	if diff := cmp.Diff(want, requestOf(q).Fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An emulated network hands over what it has corrupted, and anybody may send anything.
func TestDamagedRequestsAndRepliesAreErrors(t *testing.T) {
	q := requestOf(request{
		origin: origin{id: 5}, term: 7, command: kv.Command{Op: kv.Incr, Key: "x", By: 1, Session: 1, Sequence: 1},
	})
	a := responseOf(response{id: 5, asked: 7, status: statusDone, leader: "n1", term: 7, result: kv.Result{Session: 1}})
	damaged := func(m sdk.Message) (all []sdk.Message) {
		for i := range m.Payload {
			bad := m
			bad.Payload = append([]byte(nil), m.Payload...)
			bad.Payload[i] ^= 0x10
			cut := m
			cut.Payload = m.Payload[:i]
			all = append(all, bad, cut)
		}
		for i := range m.Fields {
			if m.Fields[i].Name == "key" {
				continue // it is there to be read by people only
			}
			for _, value := range []any{int64(6), int64(-1), "stale", nil} {
				bad := m
				bad.Fields = append(sdk.Fields(nil), m.Fields...)
				bad.Fields[i].Value = value
				all = append(all, bad)
			}
		}
		return all
	}
	for _, bad := range damaged(q) {
		if got, err := decodeRequest(bad); err == nil {
			t.Errorf("%+v became %+v", bad, got)
		}
	}
	for _, bad := range append(damaged(a), q) {
		if got, err := decodeResponse(bad); err == nil {
			t.Errorf("%+v became %+v", bad, got)
		}
	}
	stale := request{stale: true, command: kv.Command{Op: kv.Open}}
	if got, err := decodeRequest(requestOf(stale)); err == nil {
		t.Errorf("a stale open became %+v", got)
	}
	odd := response{status: "maybe"}
	if got, err := decodeResponse(responseOf(odd)); err == nil {
		t.Errorf("%+v", got)
	}
}
