package network

import (
	"fmt"
	"testing"
)

func TestTheLatestPacketsAreKept(t *testing.T) {
	var l Latest
	if list, left := l.Since(7, 10); len(list) != 0 || left != 0 {
		t.Fatalf("of nothing there are %d packets, %d before", len(list), left)
	}
	for i := range MaxLatest + 3 {
		head := []byte(fmt.Sprint(i))
		l.Add(&Packet{Number: uint64(i), Head: head})
		clear(head)
	}
	list, left := l.All()
	if len(list) != MaxLatest || left != 3 {
		t.Fatalf("kept %d, %d left out", len(list), left)
	}
	for i, p := range list {
		if want := i + 3; p.Number != uint64(want) || string(p.Head) != fmt.Sprint(want) {
			t.Fatalf("at %d: packet %d with head %q", i, p.Number, p.Head)
		}
	}
	l.Add(&Packet{Head: []byte("x")}) // the network of live goes on while a story is made
	if got := string(list[0].Head); got != "3" {
		t.Errorf("a head that was returned has become %q", got)
	}
}

func TestPagesOfTheLatestPacketsHoldAllOfThem(t *testing.T) {
	var l Latest
	for i := range MaxLatest + 7 {
		l.Add(&Packet{Number: uint64(i)})
	}
	next := 0
	for {
		list, left := l.Since(next, 999)
		if len(list) == 0 {
			break
		}
		for i, p := range list {
			if p.Number != uint64(left+i) {
				t.Fatalf("packet %d stands at place %d", p.Number, left+i)
			}
		}
		next = left + len(list)
	}
	if next != MaxLatest+7 {
		t.Errorf("the pages end at %d", next)
	}
}
