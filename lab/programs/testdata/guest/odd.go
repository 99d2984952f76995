package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"
)

// clock waits in the two ways that computation alone never ends in virtual time.
func clock() {
	began := time.Now()
	for time.Since(began) < 10*time.Millisecond {
	}
	tell("clock", time.Since(began).Round(time.Millisecond))
	stop := false
	time.AfterFunc(10*time.Millisecond, func() { stop = true })
	for !stop {
		runtime.Gosched()
	}
	tell("clock", time.Since(began).Round(time.Millisecond))
	time.Sleep(time.Hour)
	tell("clock", time.Since(began).Round(time.Second))
}

func memory() {
	var kept [][]byte
	for range 64 {
		b := make([]byte, 64<<20)
		kept = append(kept, b)
	}
	fmt.Println(len(kept))
}

func sockets() {
	for n := range 1_000_000 {
		if _, err := net.ListenPacket("udp", ":0"); err != nil {
			tell("sockets", n > 1000, " ", err != nil)
			stay()
		}
	}
}

func fill() {
	block := make([]byte, 1<<20)
	f, err := os.Create("/large")
	must(err)
	for {
		if _, err := f.Write(block); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
	}
}

// garbage writes no answer to where answers go.
func garbage() {
	f := os.NewFile(4, "control")
	f.WriteString("\x1b[2J{not json\n")
	stay()
}

// waitForSignal waits for nothing else, which is no deadlock.
func waitForSignal() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt)
	tell("signal", "waits")
	<-signals
}

func flood() {
	fmt.Println(strings.Repeat("x", 1<<20))
	tell("end")
	stay()
}

// control answers questions until it is asked to exit. While it waits for one, timers and goroutines go on.
func control() {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // as most servers do
	pipe := os.NewFile(4, "control")
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		var q struct {
			ID   int
			Name string
			Args map[string]any
		}
		must(json.Unmarshal(lines.Bytes(), &q))
		a := map[string]any{"id": q.ID, "result": q.Args}
		switch q.Name {
		case "exit":
			os.Exit(3)
		case "refuse":
			a["error"] = "it is refused"
		case "silent":
			continue
		}
		line, err := json.Marshal(a)
		must(err)
		time.AfterFunc(time.Millisecond, func() { fmt.Fprintf(pipe, "%s\n", line) })
	}
}
